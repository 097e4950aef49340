"""torch in PyTorch's own indexes, one per wheel variant, laid over the table of torch releases.

Pure; imports refresh only. A variant's index names its files
`torch-2.6.0+cu126-…`; other local versions (`+cpu.cxx11.abi`) are other builds, and left out.
"""

import re
from collections.abc import Mapping

from packaging.version import Version

from validation.refresh.changes import Change, Kind, Merged, Table, with_key
from validation.refresh.readings import ProjectPage
from validation.refresh.vanished import (
    Cells,
    by_platform,
    cells_of,
    cells_text,
    marked,
    marked_cells,
)
from validation.refresh.wheels import sorted_pythons, wheels_of

SOURCE = "pytorch-index"
TITLE = "PyTorch's index of each wheel variant, read by `imagewright refresh`"
_VARIANT = re.compile(r"cpu|cu\d{2,}")


def variants_of(table: Table) -> tuple[str, ...]:
    """Return every variant that the table has, cpu first, then by CUDA."""
    found = {variant for row in table["releases"].values() for variant in row["variants"]}
    return tuple(sorted(found, key=_place))


def variants_on(page: ProjectPage) -> tuple[str, ...]:
    """Return the variants that an index of all wheels names in its files' local versions."""
    locals_ = {wheel.local for wheel in wheels_of(page)}
    return tuple(
        sorted((name for name in locals_ if name and _VARIANT.fullmatch(name)), key=_place)
    )


def _place(variant: str) -> tuple[int, str]:
    """cu92 stands before cu100 before cu118."""
    return len(variant) if variant != "cpu" else 0, variant


def live_cells(page: ProjectPage, variant: str) -> dict[str, Cells]:
    """Return (platform, Python) by final release of one variant's index.

    A file without a local version belongs to the variant whose index lists it: PyTorch's CPU
    wheels for ARM carry none.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for wheel in wheels_of(page):
        if wheel.local in {None, variant} and not Version(wheel.release).is_prerelease:
            cells = found.setdefault(wheel.release, set())
            cells |= {(platform, python) for platform in wheel.glibc for python in wheel.pythons}
    return {release: frozenset(cells) for release, cells in found.items()}


def merge_variants(
    table: Table, pages: Mapping[str, ProjectPage], today: str, *, complete: bool
) -> Merged:
    """Return the torch table with the variants' indexes as they are `today` (ISO date).

    `pages` has the indexes that answered. An empty one says nothing (PyTorch's are, for a while,
    when they are rebuilt). `complete`: the list of variants is known to be whole, so that a
    release that was read has no variant beside those.
    """
    changes = [
        Change(kind=Kind.REMARK, what=name, text="the variant's index is empty; nothing changed")
        for name, page in pages.items()
        if not page.files
    ]
    read = {name: live_cells(page, name) for name, page in pages.items() if page.files}
    whole = complete and len(read) == len(pages)
    rows = dict(table["releases"])
    for release, row in table["releases"].items():
        rows[release], found = _release(release, row, read, today, whole=whole)
        changes += found
    known = {Version(name) for name in rows}
    first = min(known)
    beyond = {name for cells in read.values() for name in cells}
    for name in sorted(beyond, key=Version):
        if Version(name) > first and Version(name) not in known:
            text = "on PyTorch's index and not among the releases of PyPI: not recorded"
            changes.append(Change(kind=Kind.REMARK, what=name, text=text))
    return Merged(table={**table, "releases": rows}, changes=tuple(changes))


def _release(
    release: str,
    row: Table,
    read: Mapping[str, Mapping[str, Cells]],
    today: str,
    *,
    whole: bool,
) -> tuple[Table, list[Change]]:
    """Return one release with the variants that were read."""
    variants = dict(row["variants"])
    changes: list[Change] = []
    for variant, by_release in read.items():
        cells = next(
            (found for name, found in by_release.items() if Version(name) == Version(release)),
            frozenset(),
        )
        what = f"{release}+{variant}"
        if variant in variants:
            variants[variant], found = _renewed(what, variants[variant], cells, today)
            changes += found
        elif cells:
            variants[variant] = _fresh(cells)
            text = f"wheels for {cells_text(cells)}"
            changes.append(Change(kind=Kind.NEW, what=what, text=text))
    row = {**row, "variants": {name: variants[name] for name in sorted(variants, key=_place)}}
    seen = any(variants[name].get("wheels") for name in read if name in variants)
    if whole and seen and not row["variants_known"]:
        row = {**row, "variants_known": True, "variants_source": SOURCE}
        text = f"its variants are known: {', '.join(row['variants'])}"
        changes.append(Change(kind=Kind.CHANGED, what=release, text=text))
    return row, changes


def _listed(cells: Cells) -> Table:
    """Return cells as a variant has them: Pythons, platforms, and each wheel."""
    return {
        "pythons": sorted_pythons(python for _, python in cells),
        "platforms": sorted({platform for platform, _ in cells}),
        "wheels": by_platform(cells),
    }


def _fresh(cells: Cells) -> Table:
    listed = _listed(cells)
    wheels = listed.pop("wheels")
    return {**listed, "sm": None, "ptx": False, "wheels": wheels, "source": SOURCE}


def _gone(row: Table, live: Cells) -> Cells:
    """Return the cells that the row has and the index has not.

    A row that was not read wheel by wheel tells Pythons and platforms apart only: what is gone
    then is a Python that no wheel is for any more, or a platform.
    """
    if row.get("wheels") is not None:
        return cells_of(row["wheels"]) - live
    pythons, platforms = row["pythons"] or [], row["platforms"] or []
    left = {python for _, python in live}, {platform for platform, _ in live}
    return frozenset(
        (platform, python)
        for platform in platforms
        for python in pythons
        if python not in left[0] or platform not in left[1]
    )


def _renewed(what: str, row: Table, live: Cells, today: str) -> tuple[Table, list[Change]]:
    """Return a known variant of a release as its index has it, and what changed."""
    exact = row.get("wheels")
    if exact is not None and cells_of(exact) == live:
        return row, []
    if not live and row["pythons"] is None:
        text = "its index does not list it, and no earlier reading is known; kept as it was"
        return row, [Change(kind=Kind.REMARK, what=what, text=text)]
    marks, gone = row.get("vanished", []), _gone(row, live)
    back = live & marked_cells(marks)
    changes = []
    if gone:
        text = f"no wheel any more for {cells_text(gone)}; kept, marked vanished"
        changes.append(Change(kind=Kind.VANISHED, what=what, text=text))
    if back:
        text = f"again wheels for {cells_text(back)}"
        changes.append(Change(kind=Kind.CHANGED, what=what, text=text))
    added = live - back - (cells_of(exact) if exact is not None else frozenset())
    if added:
        words = "wheels for" if exact is not None else "read wheel by wheel:"
        changes.append(Change(kind=Kind.CHANGED, what=what, text=f"{words} {cells_text(added)}"))
    row = with_key({**row, "source": SOURCE}, "wheels", _listed(live)["wheels"])
    row = {**row, **_listed(live)}
    return with_key(row, "vanished", marked(marks, live, gone, today) or None), changes
