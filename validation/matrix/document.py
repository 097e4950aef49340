"""YAML text → a tree of located nodes whose scalars are source text.

Pure; imports problems and PyYAML. YAML's own types are never asked for: they turn 12.10 into
12.1. The tree is built from parser events rather than by `yaml.compose`, whose recursion has no
bound of ours: a few kilobytes of "[" would end it in a RecursionError or a long wait.

Anchors, aliases and merge keys (`<<: *name`) work. They share nodes and never copy them, the
pairs that merges bring are counted, and so nothing grows past the bounds below.
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol

import yaml

from validation.matrix.problems import Place, Problems, listed, quoted
from validation.model import Record

MAX_CHARACTERS = 256 * 1024
"""Largest text that is read. The shipped file has about 1,500 characters."""

MAX_DEPTH = 10
"""Deepest nesting that is read. The grammar's deepest value, a GPU of a family's fleet, is at 5."""

MAX_MERGED = 10_000
"""Most pairs that all merge keys of a file together may bring."""

# What YAML 1.1 does not allow in a text, and the three line separators that YAML counts as line
# ends and editors do not: places in messages would be wrong after one.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HINT = "matrix.yaml is YAML: keys and values, indented with spaces"


class _Mark(Protocol):
    """Where PyYAML stands, counted from 0."""

    line: int
    column: int


class Scalar(Record, frozen=True, kw_only=True):
    """A single value in source text; `plain` when it stands without quotes."""

    place: Place
    text: str
    plain: bool

    @property
    def empty(self) -> bool:
        """True for what YAML calls null: nothing, ~ or null, unquoted."""
        return self.plain and self.text in {"", "~", "null", "Null", "NULL"}


class Listing(Record, frozen=True, kw_only=True):
    """A list of nodes."""

    place: Place
    items: tuple["Node", ...]


class Mapping(Record, frozen=True, kw_only=True):
    """Keys and their nodes, merges applied; `keys` holds where each key stands."""

    place: Place
    values: dict[str, "Node"]
    keys: dict[str, Place]


Node = Scalar | Listing | Mapping


def read_document(text: str, problems: Problems) -> Node | None:
    """Return the root node of a YAML text, or None when there is none.

    What is wrong is added to `problems`; after a syntax error the rest is not read, and
    `BadInput` is raised.
    """
    _refuse_unreadable(text, problems)
    events = yaml.parse(text, Loader=_LOADER)
    try:
        root = _Builder(events, problems).root()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(line=mark.line + 1, column=mark.column + 1) if mark else _START
        problems.add(place, f"not YAML: {_reason(error, text, mark)}")
        root = None
    except yaml.YAMLError as error:
        problems.add(_START, f"not YAML: {str(error).splitlines()[0]}")
        root = None
    except _Unreadable:
        root = None
    if root is None:
        problems.raise_any(_HINT)
    return root


_START = Place(line=1, column=1)


def _reason(error: yaml.MarkedYAMLError, text: str, mark: _Mark | None) -> str:
    """Return PyYAML's reason, and ours where a tab is what stands there."""
    reason = " ".join(part for part in (error.context, error.problem) if part)
    lines = text.split("\n")
    if mark and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        return "a tab; YAML indents with spaces only"
    return reason


def _refuse_unreadable(text: str, problems: Problems) -> None:
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text):,} characters; the limit is {MAX_CHARACTERS:,}: is this the file?"
        problems.add(_START, message)
        problems.raise_any(_HINT)
    for found in _REFUSED.finditer(text):
        start = found.start()
        line = text.count("\n", 0, start) + 1
        place = Place(line=line, column=start - (text.rfind("\n", 0, start) + 1) + 1)
        problems.add(place, f"character U+{ord(found.group()):04X} is not allowed in YAML")
        problems.raise_any(_HINT)


class _Unreadable(Exception):
    """Reading cannot go on; the reason is among the problems."""


class _Builder:
    """Turns parser events into nodes; remembers anchors, and counts what merges bring."""

    def __init__(self, events: Iterator[yaml.Event], problems: Problems) -> None:
        self._events = events
        self._problems = problems
        self._anchors: dict[str, Node] = {}
        self._merged = 0

    def root(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "a second document begins here; matrix.yaml is one document"
                    self._problems.add(_place(event), message)
                    return root
            elif not isinstance(
                event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
            ):
                root = self._node(event, depth=1)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = _place(event)
        if depth > MAX_DEPTH:
            self._problems.add(place, f"nested deeper than {MAX_DEPTH} levels")
            raise _Unreadable
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event.anchor or "", place)
        # The parser yields nothing else here; tells the type checker what the fields are.
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101
        if event.tag is not None and event.tag != "!":
            message = f"tag {quoted(event.tag)}: tags are not used here, values are read as text"
            self._problems.add(place, message)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(place=place, text=event.value, plain=not event.style)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Listing(place=place, items=tuple(self._items(depth)))
        else:
            node = self._mapping(place, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, anchor: str, place: Place) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            known = f"; anchors before it: {listed(self._anchors)}" if self._anchors else ""
            self._problems.add(place, f"alias *{anchor} names no finished anchor{known}")
            raise _Unreadable
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, place: Place, depth: int) -> Mapping:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        merges: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._problems.add(_place(event), "a key must be a single word")
            elif key.plain and key.text == "<<":
                merges.append(value)
            elif key.text in keys:
                first = keys[key.text].line
                message = f"duplicate key {quoted(key.text)}; it stands in line {first} already"
                self._problems.add(_place(event), message)
            else:
                values[key.text], keys[key.text] = value, _place(event)
        for merge in merges:
            self._merge(merge, values, keys)
        return Mapping(place=place, values=values, keys=keys)

    def _merge(self, merge: Node, values: dict[str, Node], keys: dict[str, Place]) -> None:
        for source in merge.items if isinstance(merge, Listing) else (merge,):
            if not isinstance(source, Mapping):
                self._problems.add(source.place, "<< merges mappings: write <<: *name")
                continue
            self._merged += len(source.values)
            if self._merged > MAX_MERGED:
                message = f"merge keys bring more than {MAX_MERGED:,} pairs; write them out"
                self._problems.add(source.place, message)
                return
            for key, value in source.values.items():
                values.setdefault(key, value)
                keys.setdefault(key, source.keys[key])


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(line=mark.line + 1, column=mark.column + 1) if mark else _START
