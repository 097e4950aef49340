"""GitHub's `${{ … }}` → text: a context's value where it is literal, else named as missing.

Pure; imports nouns, records and tree. Nothing is evaluated but a plain path (`matrix.cuda`,
`env.IMAGE`) and a literal in single quotes; operators and functions depend on the run.
"""

import re

from validation.watch.nouns import Given, Place
from validation.watch.references.records import Source, Value
from validation.watch.references.tree import Listing, Mapping, Node, Scalar

Names = dict[str, Value]
"""Values by their path in lower case: contexts are read without regard to case."""

MAX_TEXT = 2_048
"""Longest text with expressions that is read."""

_EXPRESSION = re.compile(r"\$\{\{(.{0,400}?)\}\}", re.DOTALL)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_MAX_PATHS = 2_000


def evaluate(text: str, names: Names) -> Value:
    """Return a text with its expressions put in."""
    if "${{" not in text:
        return Value(text)
    if len(text) > MAX_TEXT:
        return Value("", fault=f"longer than {MAX_TEXT:,} characters")
    parts: list[str] = []
    result = Value("")
    at = 0
    for match in _EXPRESSION.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        value = _value(match[1].strip(), names)
        parts.append(value.text)
        result = Value(
            "", (*result.missing, *value.missing), (*result.given, *value.given),
            result.fault or value.fault,
        )  # fmt: skip
    parts.append(text[at:])
    return Value("".join(parts), tuple(dict.fromkeys(result.missing)), result.given, result.fault)


def nodes_scope(source: Source, context: str, nodes: dict[str, Node]) -> Names:
    """Return a combination's values by path: `matrix.cuda`, `matrix.base.tag`."""
    names: Names = {}
    stack = [(f"{context}.{name}".lower(), node) for name, node in nodes.items()]
    while stack and len(names) < _MAX_PATHS:
        path, node = stack.pop()
        if isinstance(node, Scalar):
            name = path.partition(".")[2]
            value = evaluate("" if node.empty else node.text, {})
            given = Given(
                name=name,
                value=value.text,
                how=f"{path}, {source.file} line {node.line}",
                place=Place(file=source.file, line=node.line),
            )
            names[path] = Value(value.text, value.missing, (given,), value.fault)
        elif isinstance(node, Mapping):
            stack += [(f"{path}.{key}".lower()[:200], inner) for key, inner in node.values.items()]
        elif isinstance(node, Listing):
            stack += [(f"{path}.{at}"[:200], inner) for at, inner in enumerate(node.items[:50])]
    return names


def without_host(value: Value) -> Value:
    """Return the value of a container; the text `null` and empty text mean the host itself."""
    return Value("") if value.known and value.text in {"null", "~"} else value


def _value(expression: str, names: Names) -> Value:
    literal = _LITERAL.fullmatch(expression)
    if literal is not None:
        return Value(literal[1].replace("''", "'"))
    path = re.sub(r"\[\s*'([\w-]+)'\s*\]", r".\1", expression).lower()
    found = names.get(path)
    return found if found is not None else Value("", (expression or "an empty expression",))
