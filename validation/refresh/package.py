"""One package's releases on the Python package index, laid over its table.

Pure; imports refresh only. A table goes on where it began: releases older than
its first are not added, nor is what is not final. What the index says today replaces what it said;
what it cannot say (a bound that no METADATA gave, a person's field) stays as it is.
"""

from collections.abc import Mapping

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from validation.refresh.changes import Change, Kind, Merged, Table, with_key
from validation.refresh.live import LiveRelease, flat, live_releases, nested
from validation.refresh.metadata import Metadata, bound_on
from validation.refresh.readings import ProjectFile, ProjectPage
from validation.refresh.vanished import cells_text, marked, marked_cells

SOURCE = "pypi"


def _covered(table: Table, page: ProjectPage) -> dict[str, LiveRelease]:
    """Return the live releases that the table is about, by the table's own spelling."""
    known = {Version(name): name for name in table["releases"]}
    return {
        known.get(Version(name), name): release
        for name, release in live_releases(page).items()
        if Version(name) >= min(known)
    }


def _records(table: Table, key: str) -> bool:
    return any(key in row for row in table["releases"].values())


def wanted_metadata(table: Table, page: ProjectPage, *, deep: bool) -> dict[str, ProjectFile]:
    """Return the files whose METADATA is worth reading, by release.

    A file on an index never changes, so that what was read once holds: only new releases and
    those with an unknown bound are asked for, or all of them with `deep`.
    """
    rows = table["releases"]
    if not _records(table, "numpy"):
        return {}
    return {
        name: release.speaker
        for name, release in _covered(table, page).items()
        if deep or "numpy" not in rows.get(name, {})
    }


def merge_package(
    table: Table, page: ProjectPage, metadata: Mapping[str, Metadata | None], today: str
) -> Merged:
    """Return the table as the index has it `today` (ISO date).

    `metadata` has an entry for each release whose METADATA was asked for, None where it could
    not be had. An index that lists nothing at all is believed to be out of order: the table stays.
    """
    if not page.files:
        text = "the index is empty; nothing changed"
        empty = Change(kind=Kind.REMARK, what=table["package"], text=text)
        return Merged(table=table, changes=(empty,))
    live, rows = _covered(table, page), dict(table["releases"])
    changes: list[Change] = []
    for name in sorted(rows.keys() | live.keys(), key=Version):
        if name in rows:
            rows[name], found = _renewed(name, rows[name], live.get(name), today)
            changes += found
            if name in metadata:
                rows[name], found = _bounds(name, rows[name], metadata[name], table)
                changes += found
        else:
            row, found = _new(name, live[name], metadata.get(name), table)
            changes += found
            if row is not None:
                rows[name] = row
    ordered = {name: rows[name] for name in sorted(rows, key=Version)}
    return Merged(table={**table, "releases": ordered}, changes=tuple(changes))


def _new(
    name: str, release: LiveRelease, metadata: Metadata | None, table: Table
) -> tuple[Table | None, list[Change]]:
    if release.released is None:
        text = "the index gives no upload time, so that its day is not known: not recorded"
        return None, [Change(kind=Kind.REMARK, what=name, text=text)]
    fresh: Table = {
        "released": release.released,
        "yanked": release.yanked,
        "wheels": nested(release.wheels),
        "source": SOURCE,
    }
    remarks = []
    if _records(table, "numpy"):
        fresh, told = _bounds(name, fresh, metadata, table)
        remarks = [change for change in told if change.kind is Kind.REMARK]
    bound = f"numpy {fresh['numpy'] or 'any'}" if "numpy" in fresh else ""
    parts = (f"released {release.released}", cells_text(release.cells), bound, release.withdrawn)
    text = "; ".join(part for part in parts if part)
    return fresh, [Change(kind=Kind.NEW, what=name, text=text), *remarks]


def _renewed(
    name: str, row: Table, release: LiveRelease | None, today: str
) -> tuple[Table, list[Change]]:
    """Return a known row as the index has it, and what changed: wheels gone, back, new, yanked."""
    before, live = flat(row), release.wheels if release else frozenset()
    old = frozenset((platform, python) for platform, _, python in before)
    now = release.cells if release else frozenset()
    marks = row.get("vanished", [])
    back = now & marked_cells(marks)
    changes = []
    if old - now:
        text = f"no wheel any more for {cells_text(old - now)}; kept, marked vanished"
        changes.append(Change(kind=Kind.VANISHED, what=name, text=text))
    for cells, word in ((now - old - back, "wheels for"), (back, "again wheels for")):
        if cells:
            text = f"{word} {cells_text(cells)}"
            changes.append(Change(kind=Kind.CHANGED, what=name, text=text))
    if live != before and old == now:
        text = f"lowest glibc: {nested(before)} → {nested(live)}"
        changes.append(Change(kind=Kind.CHANGED, what=name, text=text))
    if live != before:
        row = {**row, "wheels": nested(live)}
        row = with_key(row, "vanished", marked(marks, now, old - now, today) or None)
    if release and release.yanked != row["yanked"]:
        text = release.withdrawn or "no longer yanked"
        changes.append(Change(kind=Kind.CHANGED, what=name, text=text))
        row = {**row, "yanked": release.yanked}
    return row, changes


def _bounds(
    name: str, row: Table, metadata: Metadata | None, table: Table
) -> tuple[Table, list[Change]]:
    """Return the row with what METADATA gives; what it does not give stays as it was."""
    if metadata is None:
        text = "its METADATA is not served, so that its bound on numpy is not known"
        return row, [Change(kind=Kind.REMARK, what=name, text=text)]
    changes = []
    bound = bound_on(metadata, "numpy", {python for _, _, python in flat(row)})
    known = row.get("numpy")
    if bound is None:
        text = "METADATA gives no single bound on numpy"
        changes.append(Change(kind=Kind.REMARK, what=name, text=text))
    elif known is None or SpecifierSet(known) != SpecifierSet(bound):
        text = f"numpy {'not known' if known is None else known or 'any'} → {bound or 'any'}"
        changes.append(Change(kind=Kind.CHANGED, what=name, text=text))
        row = with_key(row, "numpy", bound)
    ctk = "ctk" in metadata.extras
    if _records(table, "ctk_extra") and row.get("ctk_extra", False) != ctk:
        text = f"extra [ctk]: {'no' if ctk else 'yes'} → {'yes' if ctk else 'no'}"
        changes.append(Change(kind=Kind.CHANGED, what=name, text=text))
    if _records(table, "ctk_extra") and row.get("ctk_extra") != ctk:
        row = with_key(row, "ctk_extra", ctk)
    return row, changes
