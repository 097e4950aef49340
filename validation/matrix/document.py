"""matrix.yaml's text → its one document's root, or everything that is wrong with its YAML.

Pure; imports yaml_nodes and problems. Strict: what YAML would read past in silence, a key that
stands twice or a tag, is a problem with its place.
"""

import re

from validation.matrix.problems import Problems
from validation.yaml_nodes import (
    Limits,
    Listing,
    Mapping,
    Node,
    Place,
    Scalar,
    Unreadable,
    read_nodes,
)

__all__ = ["Listing", "Mapping", "Node", "Scalar", "read_document"]

MAX_CHARACTERS = 256 * 1024
"""Largest text that is read. The shipped file has a few thousand characters."""

LIMITS = Limits(depth=10, nodes=MAX_CHARACTERS, merged=10_000)
"""The grammar's deepest value, a GPU of a family's fleet, is at 5; every value has a character."""

# What YAML 1.1 does not allow in a text, and the three line separators that YAML counts as line
# ends and editors do not: places in messages would be wrong after one.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_HINT = "matrix.yaml is YAML: keys and values, indented with spaces"


def read_document(text: str, problems: Problems) -> Node | None:
    """Return the root node of a YAML text, or None when there is none.

    What is wrong is added to `problems`; after a syntax error the rest is not read, and
    `BadInput` is raised.
    """
    _refuse_unreadable(text, problems)
    root: Node | None = None
    try:
        for place, node in read_nodes(text, LIMITS, problems.add):
            if root is not None:
                problems.add(place, "a second document begins here; matrix.yaml is one document")
                break
            root = node
    except Unreadable as error:
        problems.add(error.place, str(error))
        root = None
    if root is None:
        problems.raise_any(_HINT)
    return root


def _refuse_unreadable(text: str, problems: Problems) -> None:
    if len(text) > MAX_CHARACTERS:
        message = f"{len(text):,} characters; the limit is {MAX_CHARACTERS:,}: is this the file?"
        problems.add(Place(line=1, column=1), message)
        problems.raise_any(_HINT)
    for found in _REFUSED.finditer(text):
        start = found.start()
        line = text.count("\n", 0, start) + 1
        place = Place(line=line, column=start - (text.rfind("\n", 0, start) + 1) + 1)
        problems.add(place, f"character U+{ord(found.group()):04X} is not allowed in YAML")
        problems.raise_any(_HINT)
