"""Wheels at hand: the locked ones among them, put into a folder that a build mounts.

Imports render.lockfile and model. Only files whose hash stands in the lock are staged, so that a
folder of thousands of wheels costs a build nothing and a wrong wheel of the right name is ignored.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from validation.model import Record
from validation.render.lockfile import pins

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Wheelhouse(Record, frozen=True, kw_only=True):
    """A staged folder, and whether it holds all pins, or all those that only PyTorch serves."""

    folder: Path
    wheels: tuple[str, ...]
    covers_all: bool
    covers_torch: bool


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)


def stage_wheels(locks: Iterable[str], folders: Iterable[Path], into: Path) -> Wheelhouse:
    """Put the locked wheels that `folders` hold into the new folder `into`.

    `locks` are the texts of an image's locks.
    """
    into.mkdir(parents=True)
    wanted: dict[str, str] = {}
    hashes: set[str] = set()
    for text in locks:
        wanted |= pins(text)
        hashes |= set(_HASH.findall(text))
    covered: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.whl"))):
        name, version = (*path.name.split("-"), "")[:2]
        name = _normal(name)
        if wanted.get(name) == version and name not in covered and _sha256(path) in hashes:
            _link_or_copy(path, into / path.name)
            covered[name] = path.name
    local = {name for name, version in wanted.items() if "+" in version}
    return Wheelhouse(
        folder=into,
        wheels=tuple(sorted(covered.values())),
        covers_all=covered.keys() == wanted.keys(),
        covers_torch=local <= covered.keys(),
    )
