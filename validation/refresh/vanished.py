"""What was there and is not any more: marked with the day it was noticed, never dropped.

Pure; imports refresh.changes and refresh.wheels. A cell is one (platform, Python) that a release
has a wheel for. A cell that comes back leaves the marks.
"""

from collections.abc import Iterable, Mapping, Sequence

from validation.refresh.changes import Table
from validation.refresh.wheels import sorted_pythons

Cells = frozenset[tuple[str, str]]


def cells_of(pythons_by_platform: Mapping[str, Iterable[str]]) -> Cells:
    """Return (platform, Python) pairs of a table's platform → Pythons."""
    return frozenset(
        (platform, python) for platform, names in pythons_by_platform.items() for python in names
    )


def by_platform(cells: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return cells as the tables write them: platform → Pythons, both in order."""
    found: dict[str, set[str]] = {}
    for platform, python in cells:
        found.setdefault(platform, set()).add(python)
    return {platform: sorted_pythons(found[platform]) for platform in sorted(found)}


def cells_text(cells: Iterable[tuple[str, str]]) -> str:
    """Return cells as a line of a diff has them: "linux/amd64 3.13, 3.13t; linux/arm64 3.13"."""
    told = by_platform(cells).items()
    return "; ".join(f"{platform} {', '.join(pythons)}" for platform, pythons in told)


def marked(marks: Sequence[Table], live: Cells, gone: Cells, today: str) -> list[Table]:
    """Return the marks with `gone` noticed `today` and without what is `live` again."""
    kept = []
    for mark in marks:
        still = cells_of(mark["wheels"]) - live
        if still:
            kept.append({**mark, "wheels": by_platform(still)})
    if gone:
        kept.append({"noticed": today, "wheels": by_platform(gone)})
    return kept


def marked_cells(marks: Sequence[Table]) -> Cells:
    """Return all cells that are marked as vanished."""
    return frozenset(cell for mark in marks for cell in cells_of(mark["wheels"]))
