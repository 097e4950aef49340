"""What compose files, workflows and devcontainers have in common when they build a Dockerfile.

Pure; imports nouns, records and tree.
"""

import re
from collections.abc import Callable

from validation.watch.nouns import Given, Place
from validation.watch.references.records import Build, Reading, Scope, Source, Value
from validation.watch.references.tree import Listing, Mapping, Node, Scalar

Resolve = Callable[[Scalar], Value]
"""A value of the file → its text with the file's own variables put in."""

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|github\.com/")
_ARG_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def build_args(
    source: Source, node: Node | None, resolve: Resolve, environment: Callable[[str], Value | None]
) -> dict[str, Value]:
    """Return build args of a mapping, or of a list of NAME=VALUE; bare names ask `environment`."""
    args: dict[str, Value] = {}
    for name, value in _pairs(node):
        if not _ARG_NAME.fullmatch(name):
            continue
        if value is None or value.empty:
            inherited = environment(name)
            if inherited is not None:
                args[name] = inherited
            continue
        args[name] = arg(source, name, resolve(value), value.line)
    return args


def arg(source: Source, name: str, value: Value, line: int) -> Value:
    """Return a build arg's value with its place added to its origins."""
    how = f"build arg {name}, {source.file} line {line}"
    if value.given:
        how = f"{how} ({'; '.join(dict.fromkeys(one.how for one in value.given))})"[:300]
    place = Place(file=source.file, line=line)
    own = Given(name=name, value=value.text, how=how, place=place)
    return Value(value.text, value.missing, (own, *value.given), value.fault)


def add_build(
    reading: Reading,
    *,
    context: Value,
    dockerfile: Value | None,
    line: int,
    args: Scope,
    contexts: frozenset[str] = frozenset(),
    platform: str = "",
    from_root: bool = False,
) -> None:
    """Add a build of a Dockerfile that lies in the repository, or say why it is not read.

    `context` is relative to the file's folder, or to the root; `dockerfile` is relative to the
    context, Dockerfile when None.
    """
    found, look = reading.found, reading.look
    if _REMOTE.match(context.text):
        return
    unknown = [value for value in (context, dockerfile) if value is not None and not value.known]
    if unknown:
        names = ", ".join(unknown[0].missing) or unknown[0].fault
        found.problem(line, f"builds a Dockerfile whose place hangs on {names}; not followed")
        return
    name = dockerfile.text if dockerfile is not None else "Dockerfile"
    path = look.beside(
        "" if from_root else reading.source.file, f"{context.text}/{name}" if context.text else name
    )
    if path is None:
        found.problem(line, f"builds {name}, which lies outside of the repository; not read")
    elif look.exists(path):
        folder = look.beside("" if from_root else reading.source.file, context.text or ".")
        found.builds.append(
            Build(dockerfile=path, context=folder, args=args, contexts=contexts, platform=platform)
        )
    elif dockerfile is not None:
        found.problem(line, f"builds {path}, which is not there")


def _pairs(node: Node | None) -> list[tuple[str, Scalar | None]]:
    if isinstance(node, Mapping):
        return [(name, value) for name, value in node.values.items() if isinstance(value, Scalar)]
    found: list[tuple[str, Scalar | None]] = []
    for item in node.items if isinstance(node, Listing) else ():
        if isinstance(item, Scalar):
            name, equals, text = item.text.partition("=")
            found.append(
                (name.strip(), Scalar(place=item.place, text=text, style="'") if equals else None)
            )
    return found
