"""Engines that a person has named: DOCKER_HOST, and Docker contexts as Docker's client reads them.

Imports layout, registry_names, process, model and errors. The client and not the SDK reads
the store: the SDK finds none beside a missing config.json, and `docker context create` writes no
such file.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from docker.context.config import get_current_context_name

from validation.engine.layout import Layout
from validation.engine.registry_names import is_loopback
from validation.errors import BadInput, WorldFailed
from validation.model import Record
from validation.process import Runner
from validation.process import run as run_process

SYSTEM_SOCKET = Path("/var/run/docker.sock")
_CA = "ca.pem"
_DEFAULT = "default"


class Address(Record, frozen=True, kw_only=True):
    """Where an engine may be. `host` is spelled as DOCKER_HOST spells it, `origin` says whose word.

    `context` is the Docker context that it is of, "" for none; `tls` is that one's folder of
    ca.pem, cert.pem and key.pem, where it has them. `problem` says why it cannot be asked.
    """

    host: str
    origin: str
    context: str = ""
    tls: Path | None = None
    problem: str = ""


class _Endpoint(Record, frozen=True, kw_only=True, rename="pascal"):
    host: str = ""
    skip_tls_verify: bool = msgspec.field(default=False, name="SkipTLSVerify")


class _Storage(Record, frozen=True, kw_only=True):
    tls: str = msgspec.field(default="", name="TLSPath")


class Context(Record, frozen=True, kw_only=True, rename="pascal"):
    """What `docker context inspect` tells of one context."""

    name: str
    endpoints: dict[str, _Endpoint] = msgspec.field(default_factory=dict)
    tls_material: dict[str, list[str]] = msgspec.field(default_factory=dict, name="TLSMaterial")
    storage: _Storage = _Storage()

    @property
    def host(self) -> str:
        """The engine's address as DOCKER_HOST spells it."""
        return self.endpoints.get("docker", _Endpoint()).host

    @property
    def tls(self) -> Path | None:
        """The folder of its ca.pem, cert.pem and key.pem, or None where it has no CA."""
        there = _CA in self.tls_material.get("docker", ())
        return Path(self.storage.tls, "docker") if there else None


def docker_program(layout: Layout, *, private: bool) -> Path:
    """Return Docker's command-line client: ours for the private engine or where there is none."""
    system = shutil.which("docker")
    return layout.program("docker") if private or system is None else Path(system)


def read_context(name: str, layout: Layout, run: Runner = run_process) -> Context:
    """Return the person's Docker context `name`; raises `BadInput` where there is none.

    So it does for one whose engine others could listen in on. `WorldFailed`: no docker client.
    """
    docker = docker_program(layout, private=False)
    if not docker.exists():
        raise WorldFailed(
            "there is no docker client to read contexts", hint="imagewright engine up"
        )
    done = run([docker, "context", "inspect", name], check=False, timeout=30)
    if not done.ok:
        raise BadInput(
            f"no Docker context {name!r}",
            details=tuple(done.stderr.strip().splitlines()[-2:]),
            hint="docker context ls",
        )
    (context,) = msgspec.json.decode(done.stdout, type=tuple[Context, ...])
    _check_privacy(context)
    return context


def _is_plain(host: str) -> bool:
    """Return whether an address is one of the network that has no TLS by itself."""
    address = urlsplit(host if "://" in host else f"tcp://{host}")
    return bool(host) and address.scheme in {"tcp", "http"} and not is_loopback(address.netloc)


def _check_privacy(context: Context) -> None:
    """Raise `BadInput` where others could read along: builds send an index's credentials."""
    if context.endpoints.get("docker", _Endpoint()).skip_tls_verify:
        raise BadInput(
            f"Docker context {context.name!r} does not verify its engine's certificate",
            hint="create it again without skip-tls-verify, with the engine's ca=",
        )
    if _is_plain(context.host) and not context.tls_material.get("docker"):
        raise BadInput(
            f"Docker context {context.name!r} reaches its engine over the network without TLS",
            hint="create it again with host=ssh://…, or with ca=, cert= and key=",
        )


def named_address(host: str) -> Address:
    """Return what DOCKER_HOST names; raises `BadInput` where others could read along."""
    if _is_plain(host) and not os.environ.get("DOCKER_TLS_VERIFY"):
        raise BadInput(
            f"DOCKER_HOST={host} reaches its engine over the network without verified TLS",
            hint="set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or DOCKER_HOST=ssh://…",
        )
    return Address(host=host, origin="DOCKER_HOST")


def context_address(name: str, layout: Layout, run: Runner = run_process) -> Address:
    """Return where the engine of a Docker context is; raises as `read_context` does."""
    context = read_context(name, layout, run)
    return Address(host=context.host, origin=f"context {name}", context=name, tls=context.tls)


def current_address(layout: Layout, run: Runner = run_process) -> Address:
    """Return where the person's current Docker context is: DOCKER_CONTEXT, or `docker context use`.

    Raises `BadInput` where there is no such context, or others could read along.
    """
    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name() or _DEFAULT
    if name == _DEFAULT:
        return Address(host=f"unix://{SYSTEM_SOCKET}", origin=str(SYSTEM_SOCKET))
    try:
        return context_address(name, layout, run)
    except WorldFailed as error:
        return Address(host="", origin=f"context {name}", context=name, problem=error.what)


def addresses(layout: Layout, run: Runner = run_process) -> Iterator[Address]:
    """Yield every place to look for an engine, the first one wins.

    What a person names comes first (DOCKER_HOST), then the private engine, then Docker's own
    current context, which is read only when it is that one's turn. Raises `BadInput` for a named
    engine that others could listen in on.
    """
    named = os.environ.get("DOCKER_HOST")
    private = Address(host=layout.host, origin="private engine")
    if named:
        yield named_address(named)
        yield private
    else:
        yield private
        yield current_address(layout, run)
