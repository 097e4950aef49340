"""Other people's YAML, or JSON with comments → nodes, and the ways to look into them.

Pure; imports yaml_nodes and records. Lenient: several documents, any depth that is sane, tags that
are passed over, and a file that is half wrong is read as far as it goes. A node is visited once, so
that alias bombs stay small.
"""

import re
from collections.abc import Iterator

from validation.watch.references.records import Found, Source
from validation.yaml_nodes import Limits, Listing, Mapping, Node, Scalar, Unreadable, read_nodes

__all__ = [
    "Listing", "Mapping", "Node", "Scalar",
    "child", "items", "mappings", "pairs", "read_json", "read_yaml", "scalar",
]  # fmt: skip

MAX_DEPTH = 60
"""Deepest nesting that is read. Kubernetes' deepest built-in field is at about 15."""

MAX_MERGED = 10_000
"""Most pairs that all merge keys of a file together may bring."""

# What YAML does not allow in a text; editors and git keep such bytes, parsers stop at them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)


def read_yaml(source: Source, found: Found) -> list[Node]:
    """Return the root node of each document; after an error, of those that ended before it."""
    text = _CONTROL.sub("\ufffd", source.text)
    limits = Limits(depth=MAX_DEPTH, nodes=found.bounds.nodes, merged=MAX_MERGED)
    roots: list[Node] = []
    try:
        for _, root in read_nodes(text, limits):
            roots.append(root)
    except Unreadable as error:
        rest = "" if str(error).startswith("not YAML") else "; the rest is not read"
        found.problem(error.place.line, f"{error}{rest}")
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
