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


def with_key_before_source(row: Mapping[str, Any], key: str, value: object) -> Table:
    """Return `row` with `key` set, or taken out for None; a new key stands before `source`."""
    kept = {name: old for name, old in row.items() if name != key or value is not None}
    if value is None or key in kept:
        return kept | ({} if value is None else {key: value})
    source = kept.pop("source", None)
    return {**kept, key: value} | ({} if source is None else {"source": source})
