"""What a refresh found: changes, and the lines that tell them.

Pure; imports model only.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from validation.model import Record


class Kind(StrEnum):
    """What happened to a statement; the value is the mark that stands before its line."""

    NEW = "+"
    VANISHED = "-"
    CHANGED = "~"
    REMARK = "?"


_ORDER = list(Kind)

Table = dict[str, Any]
"""A table of facts as its JSON file has it: merges keep what they do not know."""


class Change(Record, frozen=True, kw_only=True):
    """One statement that is not as it was. A remark changes nothing: what could not be told."""

    kind: Kind
    what: str
    text: str


class Merged(Record, frozen=True, kw_only=True):
    """A table with a reading laid over it, and what that changed."""

    table: Table
    changes: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """True when a statement moved; a new date of reading alone is no change."""
        return any(change.kind is not Kind.REMARK for change in self.changes)


def lines_of(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return one line a change, new ones first, each kind in the order that it was found in."""
    words = {Kind.NEW: "new", Kind.VANISHED: "vanished", Kind.CHANGED: "changed", Kind.REMARK: ""}
    return tuple(
        f"{change.kind} {change.what}" + (f" {words[change.kind]}" * bool(words[change.kind]))
        + f": {change.text}"
        for change in sorted(changes, key=lambda change: _ORDER.index(change.kind))
    )  # fmt: skip


def counted(changes: Iterable[Change]) -> str:
    """Return "2 new, 1 vanished", or "unchanged"."""
    words = {Kind.NEW: "new", Kind.VANISHED: "vanished", Kind.CHANGED: "changed"}
    kinds = [change.kind for change in changes]
    counts = [f"{kinds.count(kind)} {word}" for kind, word in words.items() if kind in kinds]
    return ", ".join(counts) or "unchanged"


_LAST = ("numpy", "ctk_extra", "vanished", "source")
"""The keys that end a row, in this order, whenever they were added."""


def with_key(row: Mapping[str, Any], key: str, value: object) -> Table:
    """Return `row` with `key` set in its place, or without it for None."""
    if key in row or value is None:
        return {name: value if name == key else old for name, old in row.items()
                if name != key or value is not None}  # fmt: skip
    after = set(_LAST[_LAST.index(key) + 1 :] if key in _LAST else _LAST)
    start = [name for name in row if name not in after]
    end = [name for name in row if name in after]
    return {name: row[name] for name in start} | {key: value} | {name: row[name] for name in end}
