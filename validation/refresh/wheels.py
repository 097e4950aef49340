"""Wheel file names, taken apart: which release, for which Pythons, platforms and glibc.

Pure; imports refresh.readings and model. Sources: the binary distribution format
(PEP 427), platform tags manylinux_x_y (PEP 600) and their older names (PEP 513, 571, 599).
"""

import re
from collections.abc import Iterable, Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from validation.model import Record
from validation.refresh.readings import ProjectFile, ProjectPage

LINUX = {"x86_64": "linux/amd64", "aarch64": "linux/arm64", "s390x": "linux/s390x"}
_WINDOWS = {"win_amd64": "windows/x86_64", "win_arm64": "windows/arm64"}
_OLD_MANYLINUX = {"1": "2.5", "2010": "2.12", "2014": "2.17"}
_ANY_GLIBC = "0"
_LINUX_TAG = re.compile(
    r"(?:manylinux_(?P<glibc>\d+_\d+)|manylinux(?P<old>1|2010|2014)|linux)_(?P<machine>\w+)"
)


class Wheel(Record, frozen=True, kw_only=True):
    """A wheel: its release, the local part of its version ("cu126"), what it is for.

    `pythons` are spelled as the facts do: "3.13t" is free-threaded, "3.12+" is that one and
    later. `glibc` maps each platform to the lowest glibc that its tags name, None: not named.
    """

    release: str
    local: str | None
    pythons: frozenset[str]
    glibc: dict[str, str | None]
    file: ProjectFile


def platform_of(tag: str) -> tuple[str | None, str | None]:
    """Return (platform, glibc) of a platform tag; no platform: none that images run on."""
    if tag == "any":
        return "any", _ANY_GLIBC
    if tag in _WINDOWS:
        return _WINDOWS[tag], None
    found = _LINUX_TAG.fullmatch(tag)
    if found is None or found["machine"] not in LINUX:
        return None, None
    glibc = found["glibc"].replace("_", ".") if found["glibc"] else None
    return LINUX[found["machine"]], glibc or _OLD_MANYLINUX.get(found["old"] or "")


def python_of(tag: Tag, requires_python: str | None) -> str | None:
    """Return the Python of a tag, None for one that is not CPython 3.

    A wheel for any Python 3 (py3-none) starts where requires-python does; where an ABI is named
    requires-python is not looked at, since it is known to promise what no wheel holds.
    """
    named = re.fullmatch(r"cp3(\d+)", tag.interpreter)
    if named is None:
        any_python = re.fullmatch(r"py3(\d*)", tag.interpreter)
        if any_python is None or tag.abi != "none":
            return None
        return (f"3.{any_python[1]}" if any_python[1] else _lowest(requires_python)) + "+"
    if tag.abi == "abi3":
        return f"3.{named[1]}+"
    return f"3.{named[1]}" + ("t" if re.fullmatch(r"cp3\d+t", tag.abi) else "")


def _lowest(requires_python: str | None) -> str:
    """Return the lowest minor that requires-python lets in ("3.0" where it tells nothing)."""
    try:
        bounds = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return "3.0"
    lows = [Version(bound.version) for bound in bounds if bound.operator in {">=", "~="}]
    low = max(lows, default=Version("3.0"))
    return f"{low.major}.{low.minor}"


def parse_wheel(file: ProjectFile, project: str) -> Wheel | None:
    """Return what a file's name tells; None for what is no wheel of `project` for CPython 3."""
    try:
        name, release, _, tags = parse_wheel_filename(file.filename)
    except InvalidWheelFilename:
        return None
    if name != canonicalize_name(project):
        return None
    pythons = {python_of(tag, file.requires_python) for tag in tags} - {None}
    platforms = _platforms(tags)
    if not pythons or not platforms:
        return None
    return Wheel(
        release=release.public,
        local=release.local,
        pythons=frozenset(python for python in pythons if python),
        glibc=platforms,
        file=file,
    )


def _platforms(tags: Iterable[Tag]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for tag in sorted(tags, key=str):
        platform, glibc = platform_of(tag.platform)
        if platform is None:
            continue
        lower = [known for known in (found.get(platform), glibc) if known]
        found[platform] = min(lower, key=Version, default=None)
    if "any" in found:
        return dict.fromkeys(("linux/amd64", "linux/arm64"), _ANY_GLIBC)
    return found


def wheels_of(page: ProjectPage) -> Iterator[Wheel]:
    """Yield the wheels of a page that images could use, in the page's order."""
    for file in page.files:
        wheel = parse_wheel(file, page.name)
        if wheel is not None:
            yield wheel


def sorted_pythons(pythons: Iterable[str]) -> list[str]:
    """Return Pythons as the tables list them: 3.9, 3.10, 3.13, 3.13t, 3.14+."""
    return sorted(set(pythons), key=lambda python: (Version(python.rstrip("t+")), python))
