"""Compose files → images of services, and builds of Dockerfiles with their args.

Pure; imports builds, dotenv, records, scopes, tree and words. Variables come from the .env beside
the file and from what a person gives, never from this process. An image that a service of the same
file builds is its result, not a base.
"""

from msgspec.structs import replace

from validation.watch.references.builds import add_build, build_args
from validation.watch.references.dotenv import read_environment
from validation.watch.references.records import Build, Reading, Scope, Source, Value
from validation.watch.references.scopes import environment_scope
from validation.watch.references.tree import Node, Scalar, child, items, pairs, read_yaml, scalar
from validation.watch.references.words import interpolate

_CONTEXT_IMAGE = "docker-image://"


def read_compose(reading: Reading) -> None:
    """Add what a compose file's services stand on."""
    scope: Scope = environment_scope(reading.options.environment)
    beside = reading.look.beside(reading.source.file, ".env")
    text = reading.look.read(beside) if beside is not None else None
    if beside is not None and text is not None:
        scope = read_environment(Source(beside, text), scope)
    file = _Compose(reading, scope)
    for root in read_yaml(reading.source, reading.found):
        services = [node for _, node in pairs(root, "services")]
        built = {
            file.resolve(image).text
            for node in services
            if child(node, "build") and (image := scalar(node, "image"))
        }
        for node in services:
            file.add_service(node, built)


class _Compose:
    """One compose file and the variables that hold in it."""

    def __init__(self, reading: Reading, scope: Scope) -> None:
        self._reading = reading
        self._found = reading.found
        self._scope = scope

    def resolve(self, value: Scalar) -> Value:
        return interpolate(value.text, self._scope)

    def add_service(self, node: Node, built: set[str]) -> None:
        """Add a service's image, or the build that makes it; `built` are images built here."""
        spoken = self._optional(node, "platform")
        platform = spoken.text if spoken and spoken.known else ""
        build = child(node, "build")
        image = scalar(node, "image")
        if build is not None:
            self._build(build, platform)
        elif image is not None:
            value = self.resolve(image)
            if not (value.known and value.text in built):
                self._found.image(image.text, value, "compose image", image.line, platform)

    def _optional(self, node: Node, key: str) -> Value | None:
        found = scalar(node, key)
        return self.resolve(found) if found is not None else None

    def _build(self, node: Node, platform: str) -> None:
        context = (
            self.resolve(node) if isinstance(node, Scalar) else self._optional(node, "context")
        )
        args = build_args(self._reading.source, child(node, "args"), self.resolve, self._scope.get)
        build = Build(
            dockerfile=self._found.file,
            args=args,
            contexts=self._contexts(node),
            platform=platform,
        )
        inline = scalar(node, "dockerfile_inline")
        if inline is not None:
            self._inline(inline, build)
            return
        add_build(
            self._reading,
            context=context or Value("."),
            dockerfile=self._optional(node, "dockerfile"),
            line=node.line,
            args=build.args,
            contexts=build.contexts,
            platform=platform,
        )

    def _inline(self, inline: Scalar, build: Build) -> None:
        longest = self._found.bounds.file_bytes
        value = interpolate(inline.text, self._scope, longest=longest)
        if value.fault:
            self._found.problem(inline.line, f"dockerfile_inline is {value.fault}")
            return
        for name in value.missing:
            why = f"$${name} would leave it to the Dockerfile"
            self._found.problem(inline.line, f"dockerfile_inline: {name} is not set ({why})")
        # A literal block begins on the line after its mark; other styles fold lines together.
        steady = inline.style == "|"
        self._found.builds.append(
            replace(build, text=value.text, line=inline.line + steady, steady=steady)
        )

    def _contexts(self, node: Node) -> frozenset[str]:
        """Return the names of additional build contexts; those that are images are references."""
        named: list[tuple[str, str, int]] = []
        for name, context in pairs(node, "additional_contexts"):
            if isinstance(context, Scalar):
                named.append((name, context.text, context.line))
        for item in items(node, "additional_contexts"):
            if isinstance(item, Scalar):
                name, _, text = item.text.partition("=")
                named.append((name, text, item.line))
        for _, text, line in named:
            if text.startswith(_CONTEXT_IMAGE):
                raw = text.removeprefix(_CONTEXT_IMAGE)
                value = interpolate(raw, self._scope)
                self._found.image(raw, value, "compose additional_contexts", line)
        return frozenset(name for name, _, _ in named)
