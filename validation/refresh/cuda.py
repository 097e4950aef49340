"""nvidia/cuda's tags in a registry, laid over the table of images.

Pure; imports refresh only. A registry lists tags of many forms; only those that
the table's own pattern describes, with words that images are made of, are about it.
"""

import re
from collections.abc import Iterable

from packaging.version import Version

from validation.refresh.changes import Change, Kind, Merged, Table, with_key

SOURCE = "registry"

_WORDS = {
    "cuda": r"(?P<cuda>\d+\.\d+(?:\.\d+)?)",
    "flavor": r"(?P<flavor>base|(?:cudnn\d?-)?(?:runtime|devel))",
    "os": r"(?P<os>[a-z]+\d+(?:\.\d+)?)",
}

Key = tuple[str, str]
"""A row: (CUDA version, OS)."""


def _place(flavor: str) -> tuple[bool, str]:
    """Return what flavors sort by: the plain ones first, as the tables have them."""
    return "-" in flavor, flavor


def images_of(tags: Iterable[str], pattern: str) -> dict[Key, set[str]]:
    """Return flavors by (CUDA version, OS) of the tags that `pattern` ("{cuda}-…") describes."""
    form = re.compile(pattern.format(**_WORDS))
    found: dict[Key, set[str]] = {}
    for tag in tags:
        parts = form.fullmatch(tag)
        if parts is not None:
            found.setdefault((parts["cuda"], parts["os"]), set()).add(parts["flavor"])
    return found


def merge_cuda(table: Table, tags: tuple[str, ...], today: str) -> Merged:
    """Return the table of images with a registry's complete list of tags laid over it.

    Tags that are gone are kept as `vanished` with the day. A list without a single tag of the
    table's form is believed to be out of order: the table stays. CUDA versions older than the
    table's first are not added.
    """
    live = images_of(tags, table["tag"])
    if not live:
        text = f"the registry lists no tag of the form {table['tag']}; nothing changed"
        empty = Change(kind=Kind.REMARK, what=table["repository"], text=text)
        return Merged(table=table, changes=(empty,))
    rows: dict[Key, Table] = {(row["cuda"], row["os"]): row for row in table["images"]}
    first = min(Version(cuda) for cuda, _ in rows)
    changes: list[Change] = []
    for key in sorted(rows.keys() | live.keys(), key=lambda key: (Version(key[0]), key[1])):
        if key not in rows and Version(key[0]) < first:
            continue
        row = rows.get(key, {"cuda": key[0], "os": key[1], "flavors": [], "source": SOURCE})
        rows[key], found = _renewed(row, live.get(key, set()), today, new=key not in rows)
        changes += found
    images = sorted(rows.values(), key=lambda row: (Version(row["cuda"]), row["os"]))
    return Merged(table={**table, "images": images}, changes=tuple(changes))


def _renewed(row: Table, live: set[str], today: str, *, new: bool) -> tuple[Table, list[Change]]:
    """Return a row with the flavors that are there now, and what that changes."""
    what, old = f"{row['cuda']}-*-{row['os']}", set(row["flavors"])
    if live == old:
        return row, []
    marks = row.get("vanished", [])
    gone, back = old - live, live & {name for mark in marks for name in mark["flavors"]}
    changes = []
    for kind, words, names in (
        (Kind.NEW if new else Kind.CHANGED, "", live - old - back),
        (Kind.CHANGED, "again ", back),
        (Kind.VANISHED, "", gone),
    ):
        if names:
            text = words + ", ".join(sorted(names, key=_place))
            text += "; kept, marked vanished" if kind is Kind.VANISHED else ""
            changes.append(Change(kind=kind, what=what, text=text))
    row = {**row, "flavors": sorted(live, key=_place), "source": SOURCE}
    left = _marked(marks, live, gone, today)
    return with_key(row, "vanished", left or None), changes


def _marked(marks: list[Table], live: set[str], gone: set[str], today: str) -> list[Table]:
    """Return the marks without what is there again, and with what is `gone` since `today`."""
    left = [
        {**mark, "flavors": [name for name in mark["flavors"] if name not in live]}
        for mark in marks
    ]
    fresh = [{"noticed": today, "flavors": sorted(gone, key=_place)}] if gone else []
    return [mark for mark in left if mark["flavors"]] + fresh
