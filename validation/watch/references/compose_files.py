"""A compose file and those that it leads to: included ones, those it extends, the overridden one.

Pure; imports dotenv, records, scopes, tree and words. Variables come from the .env beside the file
and from what a person gives, never from this process; a service's own `env_file` feeds its
container and no variable. Source: the Compose specification, "Interpolation", "include",
"extends", "Merge".
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from validation.watch.references.dotenv import read_environment
from validation.watch.references.records import Reading, Scope, Source, Value
from validation.watch.references.scopes import environment_scope
from validation.watch.references.tree import (
    Node,
    Scalar,
    child,
    items,
    pairs,
    read_yaml,
    scalar,
)
from validation.watch.references.words import interpolate

MAX_LINKS = 50
"""Most files that one compose file may lead to, .env files counted."""

MAX_CHAIN = 11
"""Most services that one stands on; GitLab's limit for its own `extends`, compose has none."""

_OVERRIDE = re.compile(r"(.*/)?((?:docker-)?compose)\.override\.ya?ml")
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

Link = tuple["ComposeFile", Node]


class ComposeFile:
    """One compose file, the variables that hold in it, and its services by name."""

    def __init__(self, reading: Reading, scope: Scope) -> None:
        self.reading = reading
        self.found = reading.found
        self.scope = scope
        self.roots = read_yaml(reading.source, reading.found)
        self.services = {
            name: node for root in self.roots for name, node in pairs(root, "services")
        }

    def resolve(self, value: Scalar) -> Value:
        """Return a text of this file with its variables put in."""
        return interpolate(value.text, self.scope)


class Project:
    """A compose file that was found, and every file that it leads to, each read once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._read = 0
        scope: Scope = environment_scope(reading.options.environment)
        beside = reading.look.beside(reading.source.file, ".env")
        self._scope = self._environment([beside] if beside else [], scope)
        self._main = ComposeFile(reading, self._scope)
        self._opened: dict[str, ComposeFile | None] = {reading.source.file: self._main}

    def files(self) -> Iterator[ComposeFile]:
        """Yield the file itself, then those that it includes or extends services of."""
        done: set[str] = set()
        waiting = [self._main]
        while waiting:
            file = waiting.pop(0)
            if file.reading.source.file not in done:
                done.add(file.reading.source.file)
                yield file
                waiting += [*self._included(file), *self._extended(file)]

    def chain(self, file: ComposeFile, name: str) -> tuple[Link, ...]:
        """Return a service and all that it stands on, itself first."""
        links: list[Link] = []
        at: tuple[ComposeFile, str] | None = (file, name)
        seen: set[tuple[str, str]] = set()
        while at is not None and len(links) < MAX_CHAIN:
            here, service = at
            key = (here.reading.source.file, service)
            node = here.services.get(service)
            if node is None or key in seen:
                break
            seen.add(key)
            links.append((here, node))
            at = self._parent(here, node) or self._overridden(here, service)
        return tuple(links)

    def _parent(self, file: ComposeFile, node: Node) -> tuple[ComposeFile, str] | None:
        extends = child(node, "extends")
        if isinstance(extends, Scalar):
            return file, extends.text
        service = scalar(extends, "service")
        if service is None:
            return None
        named = scalar(extends, "file")
        other = self._open(file, file.resolve(named), file.scope) if named else file
        return (other, service.text) if other else None

    def _overridden(self, file: ComposeFile, service: str) -> tuple[ComposeFile, str] | None:
        """Return the same service in the file that an override file lies over."""
        match = _OVERRIDE.fullmatch(file.reading.source.file)
        for name in _BASES if match else ():
            base = self._open(file, Value(name), file.scope)
            if base is not None:
                return base, service
        return None

    def _included(self, file: ComposeFile) -> Iterator[ComposeFile]:
        for root in file.roots:
            for entry in items(root, "include"):
                paths = (entry,) if isinstance(entry, Scalar) else items(entry, "path")
                scope = self._environment(list(self._env_files(file, entry)), file.scope)
                for path in paths:
                    if isinstance(path, Scalar):
                        yield from self._led(file, path, scope)

    def _extended(self, file: ComposeFile) -> Iterator[ComposeFile]:
        for node in file.services.values():
            named = scalar(node, "extends", "file")
            if named is not None:
                yield from self._led(file, named, file.scope)

    def _led(self, file: ComposeFile, path: Scalar, scope: Scope) -> Iterator[ComposeFile]:
        value = file.resolve(path)
        other = self._open(file, value, scope)
        if other is not None:
            yield other
        elif self._read <= MAX_LINKS and not (value.known and "://" in value.text):
            file.found.problem(path.line, f"leads to {value.text or path.text}, which is not there")

    def _env_files(self, file: ComposeFile, entry: Node) -> Iterator[str]:
        """Yield the environment files of an include: named ones, else the .env beside it."""
        look, here = self._reading.look, file.reading.source.file
        named = items(entry, "env_file")
        paths = [file.resolve(each).text for each in named if isinstance(each, Scalar)]
        if not named:
            first = entry if isinstance(entry, Scalar) else next(iter(items(entry, "path")), None)
            text = file.resolve(first).text if isinstance(first, Scalar) else ""
            paths = [f"{text.rpartition('/')[0]}/.env".lstrip("/")]
        for path in paths:
            found = look.beside(here, path)
            if found is not None:
                yield found

    def _environment(self, paths: list[str], scope: Scope) -> Scope:
        """Return what environment files say, where `scope` says nothing."""
        for path in paths:
            text = self._text(path)
            if text is not None:
                scope = read_environment(Source(path, text), scope)
        return scope

    def _open(self, file: ComposeFile, value: Value, scope: Scope) -> ComposeFile | None:
        """Return another file, read once, or None where it is not there or there are too many."""
        look, here = self._reading.look, file.reading.source.file
        path = look.beside(here, value.text) if value.known and value.text else None
        if path is None:
            return None
        if path not in self._opened:
            text = self._text(path)
            self._opened[path] = None
            if text is not None:
                found = self._reading.others(path)
                reading = replace(self._reading, source=Source(path, text), found=found)
                self._opened[path] = ComposeFile(reading, scope)
        return self._opened[path]

    def _text(self, path: str) -> str | None:
        """Return the text of a file that this one leads to; after so many of none, and says so."""
        self._read += 1
        if self._read <= MAX_LINKS:
            return self._reading.look.read(path)
        if self._read == MAX_LINKS + 1:
            message = f"leads to more than {MAX_LINKS} files; the rest is not read"
            self._reading.found.problem(1, message)
        return None
