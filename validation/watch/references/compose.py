"""Compose files → images of services, and builds of Dockerfiles with their args.

Pure; imports builds, compose_files, records, tree and words. An image that a service builds is its
result, not a base. A service is what it says itself over what it extends, and in an override file
over what the file beside it says: only what it says itself is added here, the rest where it stands.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from validation.watch.references.builds import add_build, build_args
from validation.watch.references.compose_files import ComposeFile, Project
from validation.watch.references.records import Build, Reading, Value
from validation.watch.references.tree import Node, Scalar, child, items, pairs, scalar
from validation.watch.references.words import interpolate

_CONTEXT_IMAGE = "docker-image://"

_Chain = tuple[tuple[ComposeFile, Node], ...]
"""A service: what it says itself first, then what it stands on, each with the file it stands in."""


def read_compose(reading: Reading) -> None:
    """Add what a compose file's services stand on, and those of the files that it leads to."""
    project = Project(reading)
    for file in project.files():
        chains = [project.chain(file, name) for name in file.services]
        built = {
            _resolved(chain, "image").text for chain in chains if any(_builds(chain)) and chain
        }
        for chain in chains:
            _add_service(chain, built)


def _add_service(chain: _Chain, built: set[str]) -> None:
    """Add a service's image, or the build that makes it; `built` are images built here."""
    file, node = chain[0]
    spoken = _resolved(chain, "platform")
    platform = spoken.text if spoken.known else ""
    image = scalar(node, "image")
    if child(node, "build") is not None:
        _add_build(chain, platform)
    elif image is not None and not any(_builds(chain)):
        value = file.resolve(image)
        if not (value.known and value.text in built):
            file.found.image(image.text, value, "compose image", image.line, platform)


def _builds(chain: _Chain) -> Iterable[tuple[ComposeFile, Node]]:
    """Yield the `build` of a service and of those that it stands on."""
    for file, node in chain:
        build = child(node, "build")
        if build is not None:
            yield file, build


def _resolved(chain: _Chain, key: str) -> Value:
    """Return the first value that a service, or what it stands on, has for a key; else empty."""
    for file, node in chain:
        found = scalar(node, key)
        if found is not None:
            return file.resolve(found)
    return Value("")


def _add_build(chain: _Chain, platform: str) -> None:
    file, own = next(iter(_builds(chain)))
    args: dict[str, Value] = {}
    contexts: frozenset[str] = frozenset()
    for each, node in reversed([*_builds(chain)]):
        source = each.reading.source
        args |= build_args(source, child(node, "args"), each.resolve, each.scope.get)
        contexts |= _contexts(each, node)
    for where, node in _builds(chain):
        inline = scalar(node, "dockerfile_inline")
        if inline is not None:
            build = Build(
                dockerfile=where.found.file, args=args, contexts=contexts, platform=platform
            )
            _add_inline(where, inline, build)
            return
    context_by, context = _said(chain, "context")
    named_by, dockerfile = _said(chain, "dockerfile")
    add_build(
        (context_by or named_by or file).reading,
        context=context or Value("."),
        dockerfile=dockerfile,
        line=own.line,
        args=args,
        contexts=contexts,
        platform=platform,
    )


def _said(chain: _Chain, key: str) -> tuple[ComposeFile | None, Value | None]:
    """Return what the first build says that knows a key, and where; a bare build is a context."""
    for file, build in _builds(chain):
        found = scalar(build, key)
        if found is None and key == "context" and isinstance(build, Scalar):
            found = build
        if found is not None:
            return file, file.resolve(found)
    return None, None


def _add_inline(file: ComposeFile, inline: Scalar, build: Build) -> None:
    found = file.found
    value = interpolate(inline.text, file.scope, longest=found.bounds.file_bytes)
    if value.fault:
        found.problem(inline.line, f"dockerfile_inline is {value.fault}")
        return
    for name in value.missing:
        why = f"$${name} would leave it to the Dockerfile"
        found.problem(inline.line, f"dockerfile_inline: {name} is not set ({why})")
    # A literal block begins on the line after its mark; other styles fold lines together.
    steady = inline.style == "|"
    found.builds.append(replace(build, text=value.text, line=inline.line + steady, steady=steady))


def _contexts(file: ComposeFile, build: Node) -> frozenset[str]:
    """Return the names of additional build contexts; those that are images are references."""
    named: list[tuple[str, str, int]] = []
    for name, context in pairs(build, "additional_contexts"):
        if isinstance(context, Scalar):
            named.append((name, context.text, context.line))
    for item in items(build, "additional_contexts"):
        if isinstance(item, Scalar):
            name, _, text = item.text.partition("=")
            named.append((name, text, item.line))
    for _, text, line in named:
        if text.startswith(_CONTEXT_IMAGE):
            raw = text.removeprefix(_CONTEXT_IMAGE)
            value = interpolate(raw, file.scope)
            file.found.image(raw, value, "compose additional_contexts", line)
    return frozenset(name for name, _, _ in named)
