"""The releases that a package index lists, gathered from its files.

Pure; imports refresh only.
"""

from collections.abc import Iterable

from packaging.version import Version

from validation.model import Record
from validation.refresh.changes import Table
from validation.refresh.readings import ProjectFile, ProjectPage
from validation.refresh.vanished import Cells, by_platform
from validation.refresh.wheels import Wheel, wheels_of

PLATFORMS = ("linux/amd64", "linux/arm64")
"""The platforms that the tables of packages cover."""

Wheels = frozenset[tuple[str, str, str]]
"""(platform, lowest glibc, Python) of each wheel."""


class LiveRelease(Record, frozen=True, kw_only=True):
    """A release as an index has it. `released` is the day of its first wheel, None: not told."""

    wheels: Wheels
    released: str | None
    yanked: bool
    yanked_reason: str
    files: tuple[ProjectFile, ...]

    @property
    def cells(self) -> Cells:
        """The (platform, Python) pairs that there are wheels for."""
        return frozenset((platform, python) for platform, _, python in self.wheels)

    @property
    def withdrawn(self) -> str:
        """Why it was yanked, as a line of a diff has it; empty where it was not."""
        return f"yanked: {self.yanked_reason or 'no reason given'}" if self.yanked else ""

    @property
    def speaker(self) -> ProjectFile:
        """The file whose METADATA speaks for the release: a wheel for x86-64, if there is one."""
        return min(self.files, key=lambda file: ("x86_64" not in file.filename, file.filename))


def live_releases(page: ProjectPage) -> dict[str, LiveRelease]:
    """Return final releases that have a wheel for one of `PLATFORMS`, by version.

    A local version ("+cu126") belongs to an index of variants and is left out here.
    """
    grouped: dict[str, list[Wheel]] = {}
    for wheel in wheels_of(page):
        usable = any(wheel.glibc.get(platform) for platform in PLATFORMS)
        if usable and wheel.local is None and not Version(wheel.release).is_prerelease:
            grouped.setdefault(wheel.release, []).append(wheel)
    return {release: _live(wheels) for release, wheels in grouped.items()}


def _live(wheels: Iterable[Wheel]) -> LiveRelease:
    kept = tuple(wheels)
    files = tuple(wheel.file for wheel in kept)
    days = [file.uploaded[:10] for file in files if file.uploaded]
    return LiveRelease(
        wheels=frozenset(
            (platform, glibc, python)
            for wheel in kept
            for platform, glibc in wheel.glibc.items()
            if platform in PLATFORMS and glibc
            for python in wheel.pythons
        ),
        released=min(days, default=None),
        yanked=all(file.yanked for file in files),
        yanked_reason=next((file.yanked_reason for file in files if file.yanked_reason), ""),
        files=files,
    )


def nested(wheels: Wheels) -> dict[str, dict[str, list[str]]]:
    """Return wheels as a row has them: platform → glibc → Pythons."""
    found: dict[str, dict[str, list[str]]] = {}
    for platform in PLATFORMS:
        by_glibc = by_platform((glibc, python) for on, glibc, python in wheels if on == platform)
        if by_glibc:
            found[platform] = {glibc: by_glibc[glibc] for glibc in sorted(by_glibc, key=Version)}
    return found


def flat(row: Table) -> Wheels:
    """Return the wheels of a row: what `nested` made."""
    return frozenset(
        (platform, glibc, python)
        for platform, by_glibc in row["wheels"].items()
        for glibc, pythons in by_glibc.items()
        for python in pythons
    )
