"""YAML text, or JSON with comments → located nodes whose scalars are source text; bounded.

Pure; imports PyYAML's parser events and records. Beside the reader of matrix.yaml
(`matrix/document.py`) because foreign files need the opposite of it: several documents, any depth
and tags that are passed over, and a file that is half wrong is read as far as it goes. Aliases
share their node and never copy it, and a node is visited once, so that alias bombs stay small.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from validation.watch.references.records import Found, Source

MAX_DEPTH = 60
"""Deepest nesting that is read. Kubernetes' deepest built-in field is at about 15."""

MAX_MERGED = 10_000
"""Most pairs that all merge keys of a file together may bring."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML does not allow in a text; editors and git keep such bytes, parsers stop at them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)


class Scalar(msgspec.Struct, frozen=True):
    """A value's source text; `line` counts from 1, `style` is YAML's (None, ', ", |, >)."""

    line: int
    text: str
    style: str | None = None

    @property
    def empty(self) -> bool:
        """True for what YAML calls null."""
        return self.style is None and self.text in _NULLS


class Listing(msgspec.Struct, frozen=True, eq=False):
    """A list of nodes."""

    line: int
    items: tuple["Node", ...]


class Mapping(msgspec.Struct, eq=False):
    """Keys and their nodes, merges applied; of a key that stands twice the last counts.

    `merged` says that another mapping takes this one in with `<<`.
    """

    line: int
    values: dict[str, "Node"]
    lines: dict[str, int]
    merged: bool = False


Node = Scalar | Listing | Mapping


def read_yaml(source: Source, found: Found) -> list[Node]:
    """Return the root node of each document; after an error, of those that ended before it."""
    text = _CONTROL.sub("\ufffd", source.text)
    builder = _Builder(yaml.parse(text, Loader=_LOADER), found)
    roots: list[Node] = []
    try:
        for root in builder.roots():
            roots.append(root)  # noqa: PERF402  (what was read before an error is kept)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        found.problem(mark.line + 1 if mark else 1, f"not YAML: {reason}")
    except yaml.YAMLError as error:
        found.problem(1, f"not YAML: {str(error).splitlines()[0]}")
    except _TooMuch as error:
        found.problem(error.line, f"{error}; the rest is not read")
    return roots


def read_json(source: Source, found: Found) -> Node | None:
    """Return the root of a JSON text that may have comments and trailing commas.

    JSON is YAML once its comments are blanks, and this way every value keeps its line.
    """
    text = _COMMENT.sub(_blanked, source.text)
    roots = read_yaml(Source(source.file, text), found)
    return roots[0] if roots else None


def child(node: "Node | None", *keys: str) -> "Node | None":
    """Return the node that the keys lead to, or None."""
    for key in keys:
        if not isinstance(node, Mapping):
            return None
        node = node.values.get(key)
    return node


def scalar(node: "Node | None", *keys: str) -> Scalar | None:
    """Return the value that the keys lead to, or None if it is not one, or null."""
    found = child(node, *keys)
    return found if isinstance(found, Scalar) and not found.empty else None


def items(node: "Node | None", *keys: str) -> tuple["Node", ...]:
    """Return a list's nodes; a single value is a list of one, and nothing is none."""
    found = child(node, *keys)
    if isinstance(found, Listing):
        return found.items
    return () if found is None or (isinstance(found, Scalar) and found.empty) else (found,)


def pairs(node: "Node | None", *keys: str) -> list[tuple[str, "Node"]]:
    """Return a mapping's keys and nodes in order, or nothing if it is none."""
    found = child(node, *keys)
    return list(found.values.items()) if isinstance(found, Mapping) else []


def mappings(roots: list[Node]) -> Iterator[Mapping]:
    """Yield every mapping under the roots once, outer before inner, in the file's order."""
    stack: list[Node] = list(reversed(roots))
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            yield node
            stack.extend(reversed(node.values.values()))
        else:
            stack.extend(reversed(node.items))


def _blanked(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.startswith('"') else "\n" * text.count("\n") + " "


class _TooMuch(Exception):
    """A bound was met at `line`."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Builder:
    """Turns parser events into nodes; counts them, remembers anchors."""

    def __init__(self, events: Iterator[yaml.Event], found: Found) -> None:
        self._events = events
        self._found = found
        self._anchors: dict[str, Node] = {}
        self._count = 0
        self._merged = 0

    def roots(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
            elif isinstance(event, yaml.NodeEvent):
                yield self._node(event, 1)

    def _node(self, event: Any, depth: int) -> Node:  # noqa: ANN401  (PyYAML's stubs lack fields)
        line = event.start_mark.line + 1
        self._count += 1
        if depth > MAX_DEPTH:
            raise _TooMuch(line, f"nested deeper than {MAX_DEPTH} levels")
        if self._count > self._found.bounds.nodes:
            raise _TooMuch(line, f"more than {self._found.bounds.nodes:,} values")
        node: Node
        if isinstance(event, yaml.AliasEvent):
            return self._anchors.get(event.anchor or "", Scalar(line, ""))
        if isinstance(event, yaml.ScalarEvent):
            # libyaml writes an empty string for a plain scalar's style, the Python parser None.
            node = Scalar(line, event.value, event.style or None)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Listing(line, tuple(self._items(depth)))
        else:
            node = self._mapping(line, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, line: int, depth: int) -> Mapping:
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merges: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                continue
            if key.text == "<<" and key.style is None:
                merges += value.items if isinstance(value, Listing) else (value,)
            else:
                values[key.text], lines[key.text] = value, key.line
        for merge in merges:
            self._merge(merge, values, lines)
        return Mapping(line, values, lines)

    def _merge(self, merge: Node, values: dict[str, Node], lines: dict[str, int]) -> None:
        if not isinstance(merge, Mapping):
            return
        merge.merged = True
        self._merged += len(merge.values)
        if self._merged > MAX_MERGED:
            raise _TooMuch(merge.line, f"merge keys bring more than {MAX_MERGED:,} pairs")
        for key, value in merge.values.items():
            values.setdefault(key, value)
            lines.setdefault(key, merge.lines[key])
