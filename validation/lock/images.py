"""One image's locks: requirements.lock, torch.lock and installer.lock.

Imports lock.compile, render, model. The only writer's text: who calls puts it into images/<id>/.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from validation.lock.compile import Resolution, Target, resolve_pins
from validation.lock.platforms import machine_of, merge_pins
from validation.model import Image, Record
from validation.process import Runner, run
from validation.render.installer import InstallerConfig, without_credentials
from validation.render.lockfile import (
    INSTALLER_LOCK,
    LOCK,
    TORCH_LOCK,
    LockState,
    format_lock,
    wishes_hash,
    wishes_of,
)


class Locked(Record, frozen=True, kw_only=True):
    """The files that locking an image gives, or why there are none.

    `files` maps names to text. `unreachable` and `no_solution` are as in `Resolution`.
    """

    files: Mapping[str, str]
    unreachable: str = ""
    no_solution: tuple[str, ...] = ()


def index_identity(config: InstallerConfig) -> str:
    """Return a name for the index in use that gives away neither its address nor credentials."""
    if config.index_url is None and not config.extra_index_urls:
        return "pypi"
    addresses = (config.index_url or "pypi", *config.extra_index_urls)
    plain = "\n".join(without_credentials(address) for address in addresses)
    return "private-" + hashlib.sha256(plain.encode()).hexdigest()[:12]


def _has_local_wheels(requirement: str, target: Target, config: InstallerConfig) -> bool:
    """Return True when folders of wheels at hand hold this pinned torch wheel for each platform."""
    name, _, version = requirement.partition("==")
    return all(
        any(
            any(folder.glob(f"{name.strip()}-{version.strip()}-*{machine_of(platform)}.whl"))
            for folder in config.find_links
        )
        for platform in target.platform.split()
    )


def lock_image(
    image: Image,
    target: Target,
    config: InstallerConfig,
    *,
    uv_version: str,
    scratch: Path,
    runner: Runner = run,
) -> Locked:
    """Resolve an image's complete set of packages, the torch part of it, and the installer.

    PyTorch's index is asked only for wheels that it alone has and that no folder at hand holds.
    """
    torch_wishes = wishes_of(image, TORCH_LOCK)
    index = image.torch_index_url
    if index and all(
        _has_local_wheels(word, target, config) for word in torch_wishes if "+" in word
    ):
        index = None

    def pins(wishes: Sequence[str], bounds: str = "", from_index: str | None = None) -> Resolution:
        found: dict[str, str] = {}
        for platform in target.platform.split():
            part = resolve_pins(
                wishes, replace(target, platform=platform), config, scratch,
                torch_index=from_index, constraints=bounds, runner=runner,
            )  # fmt: skip
            if not part.pins:
                return part
            found[platform] = part.pins
            bounds = bounds or part.pins  # a package has one version on all platforms
        return merge_pins(found)

    complete = pins(image.requirements, from_index=index)
    installer = (f"uv=={uv_version}",)
    parts = {LOCK: complete, INSTALLER_LOCK: pins(installer)}
    if torch_wishes and complete.pins:
        parts[TORCH_LOCK] = pins(torch_wishes, complete.pins, index)
    for part in parts.values():
        if part.unreachable or part.no_solution:
            return Locked(files={}, unreachable=part.unreachable, no_solution=part.no_solution)
    asked = {LOCK: image.requirements, TORCH_LOCK: torch_wishes, INSTALLER_LOCK: installer}
    return Locked(
        files={
            name: format_lock(_state(asked[name], target, config), part.pins)
            for name, part in parts.items()
        }
    )


def _state(
    wishes: Sequence[str], target: Target, config: InstallerConfig, unlocked: str = ""
) -> LockState:
    return LockState(
        index=index_identity(config),
        exclude_newer=target.exclude_newer,
        wishes=wishes_hash(wishes, target.python, target.platform),
        unlocked=unlocked,
    )


def unlocked_file(image: Image, target: Target, config: InstallerConfig, because: str) -> str:
    """Return a requirements.lock without pins that says why: the image is marked, not loosened."""
    return format_lock(_state(image.requirements, target, config, because), "")
