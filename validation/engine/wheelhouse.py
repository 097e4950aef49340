"""Wheels at hand: the locked ones among them, put into a folder that a build mounts.

Imports render.lockfile, files, model and errors. Only files whose hash stands in the lock and that
one of the image's platforms can install are staged, so that a folder of thousands of wheels costs a
build nothing, and neither a wrong wheel of the right name nor another machine's is taken for it.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from validation.errors import WorldFailed
from validation.files import disk_failure
from validation.model import Record
from validation.render.lockfile import pins

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PLATFORM = re.compile(r"([^-]+)-manylinux_2_(\d+)")
# The lowest C library that a platform tag names, on x86_64 and elsewhere, and the names that
# came before PEP 600: glibc's minor → tag.
_LOWEST_GLIBC = {"x86_64": 5}
_LOWEST_ELSEWHERE = 17
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


class Wheelhouse(Record, frozen=True, kw_only=True):
    """A staged folder, and whether it holds all pins, or all those that only PyTorch serves.

    A pin is held where a file of it fits the image's Python, on each of the image's platforms.
    """

    folder: Path
    wheels: tuple[str, ...]
    covers_all: bool
    covers_torch: bool


class _Wheel(Record, frozen=True, kw_only=True):
    """A file that is called as a wheel is."""

    path: Path
    name: str
    version: Version
    tags: frozenset[Tag]


class _Target(Record, frozen=True, kw_only=True):
    """One platform of an image: what is pinned for it, and the tags of wheels that it takes."""

    pins: dict[str, str]
    tags: frozenset[Tag]

    def takes(self, wheel: _Wheel) -> bool:
        """Return whether a wheel is of a pinned release and can be installed."""
        pinned = self.pins.get(wheel.name)
        return (
            pinned is not None
            and Version(pinned) == wheel.version
            and not self.tags.isdisjoint(wheel.tags)
        )

    def lacks(self, wheels: Iterable[_Wheel]) -> list[str]:
        """Return the versions of the pins that none of these wheels holds."""
        held = {wheel.name for wheel in wheels if self.takes(wheel)}
        return [version for name, version in self.pins.items() if name not in held]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WorldFailed(
            f"wheel {path} cannot be read: {error.strerror or error}",
            hint="make it readable, or take it out of the folder, then run it again",
        ) from error


def _link_or_copy(source: Path, target: Path) -> None:
    """Put a file's content at `target`, by a link to the file itself where that is possible."""
    try:
        target.unlink(missing_ok=True)  # of an attempt that failed: never written through a link
        try:
            os.link(source.resolve(), target)
        except OSError:  # another file system, or one without hard links
            shutil.copyfile(source, target)
    except OSError as error:
        raise disk_failure("write", target, error) from error


def _system_tags(platform: str) -> Iterator[str]:
    """Yield the platform tags that a platform takes, given as uv names it, the best first.

    "x86_64-manylinux_2_36" takes manylinux_2_36_x86_64 and all older ones, and linux_x86_64.
    """
    found = _PLATFORM.fullmatch(platform)
    if found is None:
        raise ValueError(platform)
    machine, glibc = found[1], int(found[2])
    for minor in range(glibc, _LOWEST_GLIBC.get(machine, _LOWEST_ELSEWHERE) - 1, -1):
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _OLD_NAMES:
            yield f"{_OLD_NAMES[minor]}_{machine}"
    yield f"linux_{machine}"


def _fitting_tags(python: str, platform: str) -> frozenset[Tag]:
    """Return the tags of the wheels that CPython `python` ("3.12") installs on a platform."""
    major, minor = (int(part) for part in python.split(".")[:2])
    interpreter = f"cp{major}{minor}"
    systems = list(_system_tags(platform))
    own = cpython_tags((major, minor), abis=[interpreter], platforms=systems)
    return frozenset(own) | set(compatible_tags((major, minor), interpreter, systems))


def _wheels(folders: Iterable[Path]) -> Iterator[_Wheel]:
    for path in (path for folder in folders for path in sorted(folder.glob("*.whl"))):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:  # nothing installs it
            continue
        yield _Wheel(path=path, name=name, version=version, tags=tags)


def _target(locks: Sequence[str], python: str, platform: str) -> _Target:
    machine = platform.partition("-")[0]
    pinned = {name: version for text in locks for name, version in pins(text, machine).items()}
    return _Target(pins=pinned, tags=_fitting_tags(python, platform))


def stage_wheels(
    locks: Iterable[str],
    folders: Iterable[Path],
    into: Path,
    *,
    python: str,
    platforms: Iterable[str],
) -> Wheelhouse:
    """Put the locked wheels that `folders` hold, and that fit, into the folder `into`.

    `locks` are the texts of an image's locks, `python` its Python ("3.12"), `platforms` uv's names
    of its platforms ("x86_64-manylinux_2_36"). Raises `WorldFailed` for a wheel of a locked release
    that cannot be read, and where the disk refuses.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_failure("make", into, error) from error
    texts = tuple(locks)
    hashes = {digest for text in texts for digest in _HASH.findall(text)}
    targets = [_target(texts, python, platform) for platform in platforms]
    staged: dict[str, _Wheel] = {}
    for wheel in _wheels(folders):
        fits = any(target.takes(wheel) for target in targets)
        if fits and wheel.path.name not in staged and _sha256(wheel.path) in hashes:
            _link_or_copy(wheel.path, into / wheel.path.name)
            staged[wheel.path.name] = wheel
    missing = [lack for target in targets for lack in target.lacks(staged.values())]
    return Wheelhouse(
        folder=into,
        wheels=tuple(sorted(staged)),
        covers_all=not missing,
        covers_torch=not any("+" in version for version in missing),
    )
