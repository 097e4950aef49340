"""uv resolves one image's requirements into pins with hashes.

Imports render.installer, model, process and errors. The same wishes, index and date give the
same pins: releases newer than the facts' date are not considered.
"""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from uv import find_uv_bin

from validation.model import Record
from validation.process import Runner, run
from validation.render.installer import InstallerConfig, uv_environment

_NETWORK_SIGNS = (
    "error sending request",
    "failed to fetch",
    "failed to connect",
    "dns error",
    "connection refused",
    "timed out",
    "operation timed out",
    "network connectivity is disabled",
    "could not be queried",
    "401 unauthorized",
    "403 forbidden",
)

_ADDRESS = re.compile(r"https?://\S*[^\s`'\")\],.:;]", re.IGNORECASE)
"""An address in uv's words, without the quotes, brackets and stops around it."""

_SHOWN = 25  # lines of uv's explanation: it begins with the cause, and can go on for hundreds


@functools.cache
def uv_program() -> str:
    """Return where uv is. Call it before starting threads.

    It asks `sysconfig`, whose first call is not safe in several threads at once (Python 3.11).
    """
    return find_uv_bin()


class Resolution(Record, frozen=True, kw_only=True):
    """Pins, or why there are none.

    `pins` is requirements text with hashes. `no_solution` holds uv's explanation where the
    requirements cannot be met together; `unreachable` says why an index was not reached. Neither
    holds an index's address: a lock tells it on, and its path may hold a token.
    """

    pins: str = ""
    no_solution: tuple[str, ...] = ()
    unreachable: str = ""


class Target(Record, frozen=True, kw_only=True):
    """What pins are made for: a Python "3.11", uv's platform name, and the newest release date.

    An image for several platforms has their names with blanks between; `resolve_pins` takes one.
    """

    python: str
    platform: str
    exclude_newer: str


def resolve_pins(
    requirements: Sequence[str],
    target: Target,
    config: InstallerConfig,
    scratch: Path,
    *,
    torch_index: str | None = None,
    constraints: str = "",
    runner: Runner = run,
) -> Resolution:
    """Return the complete set of pins for `requirements`.

    `torch_index` is asked for torch's own wheels; `constraints` are pins that must hold;
    `scratch` is a folder for uv's inputs. Source distributions are never built: a lock made by
    running a package's build code would depend on this machine.
    """
    wishes = scratch / "wishes.txt"
    wishes.write_text("\n".join(requirements) + "\n", "utf-8")
    bounds = scratch / "constraints.txt"
    bounds.write_text(constraints, "utf-8")
    ca_file = scratch / "ca.pem"
    if config.ca_bundle:
        ca_file.write_text(config.ca_bundle, "utf-8")
    argv: list[str | Path] = [
        uv_program(), "pip", "compile", wishes, "--constraints", bounds, "--no-config", "--quiet",
        "--generate-hashes", "--no-header", "--no-annotate", "--only-binary", ":all:",
        "--python-version", target.python, "--python-platform", target.platform,
        "--exclude-newer", f"{target.exclude_newer}T00:00:00Z", "--color", "never",
    ]  # fmt: skip
    for folder in config.find_links:
        argv += ["--find-links", folder]
    if torch_index:
        # PyTorch's index tells no upload dates: its pins are exact, so no date is needed there.
        argv += ["--index", torch_index, "--index-strategy", "unsafe-best-match"]
        for name in ("torch", "torchvision", "torchaudio", "triton"):
            argv += ["--exclude-newer-package", f"{name}=false"]
    environment = uv_environment(config, str(ca_file) if config.ca_bundle else None)
    done = runner(argv, env=environment, check=False, timeout=600)
    if done.ok:
        return Resolution(pins=done.stdout)
    return _explain_failure(without_addresses(done.stderr, config))


def without_addresses(text: str, config: InstallerConfig) -> str:
    """Return uv's words with "the index" for every address, and for a configured index's host."""
    text = _ADDRESS.sub("the index", text)
    for address in (config.index_url or "", *config.extra_index_urls):
        host = urlsplit(address).hostname
        if host:
            text = re.sub(re.escape(host), "the index", text, flags=re.IGNORECASE)
    return text


def _explain_failure(stderr: str) -> Resolution:
    text = stderr.lower()
    lines = tuple(line.rstrip() for line in stderr.strip().splitlines() if line.strip())
    if any(sign in text for sign in _NETWORK_SIGNS):
        return Resolution(unreachable=lines[-1].strip().removeprefix("cause: "))
    if len(lines) > _SHOWN:
        lines = (*lines[:_SHOWN], f"… and {len(lines) - _SHOWN} more lines of uv's derivation")
    return Resolution(no_solution=lines or ("uv gave no reason",))
