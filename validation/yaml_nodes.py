"""YAML text → located nodes whose scalars are source text, bounded; strict or lenient.

Pure; imports model and PyYAML. The one reader of YAML: matrix.yaml is read strictly, everything
that is odd in it is complained about (`matrix/document.py`); files of other people are read
leniently, as far as they go (`watch/references/tree.py`).

YAML's own types are never asked for: they turn 12.10 into 12.1. Nodes are built from parser events
rather than by `yaml.compose`, whose recursion has no bound of ours: a few kilobytes of "[" would
end it in a RecursionError or a long wait. Anchors, aliases and merge keys (`<<: *name`) work. They
share nodes and never copy them, and the pairs that merges bring are counted, so that nothing grows
past the bounds.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec
import yaml

from validation.model import Record

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Place(Record, frozen=True, kw_only=True):
    """Where something stands in a text: line and column, both from 1, columns in characters."""

    line: int
    column: int


class Limits(Record, frozen=True, kw_only=True):
    """How deep values may be nested, how many there may be, and how many pairs merges may bring."""

    depth: int
    nodes: int
    merged: int


class Scalar(Record, frozen=True, kw_only=True):
    """A single value in source text; `style` is YAML's (None without quotes, ', ", |, >)."""

    place: Place
    text: str
    style: str | None = None

    @property
    def line(self) -> int:
        """The line in which it begins."""
        return self.place.line

    @property
    def plain(self) -> bool:
        """True when it stands without quotes and is no block."""
        return self.style is None

    @property
    def empty(self) -> bool:
        """True for what YAML calls null: nothing, ~ or null, unquoted."""
        return self.plain and self.text in _NULLS


class Listing(Record, frozen=True, kw_only=True):
    """A list of nodes."""

    place: Place
    items: tuple["Node", ...]

    @property
    def line(self) -> int:
        """The line in which it begins."""
        return self.place.line


class Mapping(msgspec.Struct, kw_only=True, eq=False):
    """Keys and their nodes, merges applied; `keys` holds where each key stands.

    `merged` says that another mapping takes this one in with `<<`.
    """

    place: Place
    values: dict[str, "Node"]
    keys: dict[str, Place]
    merged: bool = False

    @property
    def line(self) -> int:
        """The line in which it begins."""
        return self.place.line


Node = Scalar | Listing | Mapping

Complain = Callable[[Place, str], None]
"""Takes what is odd and can be read past: a tag, a key that stands twice, a merge of no mapping."""


class Unreadable(Exception):
    """Reading cannot go on at `place`: no YAML, or a bound was met."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(why)
        self.place = place


class _Mark(Protocol):
    """Where PyYAML stands, counted from 0."""

    line: int
    column: int


def read_nodes(
    text: str, limits: Limits, complain: Complain | None = None
) -> Iterator[tuple[Place, Node]]:
    """Yield where each document begins and its root; raises `Unreadable` where reading ends.

    Without `complain` what is odd is read past: tags do not count, of a key that stands twice the
    last counts, an alias of nothing is empty.
    """
    try:
        yield from _Builder(yaml.parse(text, Loader=_LOADER), limits, complain).documents()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_place(mark), f"not YAML: {_reason(error, text, mark)}") from error
    except yaml.YAMLError as error:
        raise Unreadable(_place(None), f"not YAML: {str(error).splitlines()[0]}") from error


def _reason(error: yaml.MarkedYAMLError, text: str, mark: _Mark | None) -> str:
    """Return PyYAML's reason, and ours where a tab is what stands there."""
    reason = " ".join(part for part in (error.context, error.problem) if part)
    lines = text.split("\n")
    if mark and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        return "a tab; YAML indents with spaces only"
    return reason


class _Builder:
    """Turns parser events into nodes; counts them, remembers anchors."""

    def __init__(
        self, events: Iterator[yaml.Event], limits: Limits, complain: Complain | None
    ) -> None:
        self._events = events
        self._limits = limits
        self._complain = complain
        self._anchors: dict[str, Node] = {}
        self._count = 0
        self._merged = 0

    def documents(self) -> Iterator[tuple[Place, Node]]:
        start = _place(None)
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                start = _place(event.start_mark)
            elif isinstance(event, yaml.NodeEvent):
                yield start, self._node(event, depth=1)

    def _node(self, event: Any, depth: int) -> Node:  # noqa: ANN401  (PyYAML's stubs lack fields)
        place = _place(event.start_mark)
        self._count += 1
        if depth > self._limits.depth:
            raise Unreadable(place, f"nested deeper than {self._limits.depth} levels")
        if self._count > self._limits.nodes:
            raise Unreadable(place, f"more than {self._limits.nodes:,} values")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event.anchor or "", place)
        if self._complain and event.tag is not None and event.tag != "!":
            told = repr(event.tag[:60])
            self._complain(place, f"tag {told}: tags are not used here, values are read as text")
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            # libyaml writes an empty string for a plain scalar's style, the Python parser None.
            node = Scalar(place=place, text=event.value, style=event.style or None)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Listing(place=place, items=tuple(self._items(depth)))
        else:
            node = self._mapping(place, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, anchor: str, place: Place) -> Node:
        node = self._anchors.get(anchor)
        if node is None and self._complain:
            known = ", ".join([*self._anchors][:8])
            before = f"; anchors before it: {known}" if known else ""
            raise Unreadable(place, f"alias *{anchor} names no finished anchor{before}")
        return node or Scalar(place=place, text="")

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, place: Place, depth: int) -> Mapping:
        found = Mapping(place=place, values={}, keys={})
        merges: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._note(key.place, "a key must be a single word")
            elif key.plain and key.text == "<<":
                merges.append(value)
            elif self._complain and key.text in found.keys:
                first = found.keys[key.text].line
                message = f"duplicate key {key.text[:60]!r}; it stands in line {first} already"
                self._complain(key.place, message)
            else:
                found.values[key.text], found.keys[key.text] = value, key.place
        for merge in merges:
            for source in merge.items if isinstance(merge, Listing) else (merge,):
                self._merge(source, found)
        return found

    def _merge(self, source: Node, into: Mapping) -> None:
        if not isinstance(source, Mapping):
            self._note(source.place, "<< merges mappings: write <<: *name")
            return
        source.merged = True
        self._merged += len(source.values)
        if self._merged > self._limits.merged:
            most = f"{self._limits.merged:,}"
            raise Unreadable(source.place, f"merge keys bring more than {most} pairs")
        for key, value in source.values.items():
            into.values.setdefault(key, value)
            into.keys.setdefault(key, source.keys[key])

    def _note(self, place: Place, message: str) -> None:
        if self._complain:
            self._complain(place, message)


def _place(mark: _Mark | None) -> Place:
    """Return where a mark stands, the text's beginning where there is none."""
    return Place(line=mark.line + 1, column=mark.column + 1) if mark else Place(line=1, column=1)
