"""What a Dockerfile's stages install on top of their base, as far as it is plainly written.

Pure; imports commands, copies, instructions, records, requirement_files and scopes. A base is
judged together with what all stages that continue it install: torch's variant, Python, CuPy and
what else the resolver pairs. Requirements files are read where the stage has them from its build
context.
"""

import functools
import itertools
import posixpath
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from validation.watch.references.commands import kept_requirement, read_commands, variant_of
from validation.watch.references.copies import Files
from validation.watch.references.instructions import Instruction
from validation.watch.references.records import Value
from validation.watch.references.requirement_files import read_requirements
from validation.watch.references.scopes import Ground, declare, set_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.watch.references.dockerfile import Stage


MAX_REQUIREMENTS = 200
"""Past so many requirements of a base, what further stages install is left out."""

MAX_COPIED = 500_000
"""Most variables that stages may hand down in one file, each counted for every stage."""


MAX_FILES = 20
"""Most requirements files, included ones among them, that one RUN is followed into."""

MAX_LOOKUPS = 300
"""Most names, and paths of the build context for them, that are tried in one build."""


class Installs(msgspec.Struct, frozen=True):
    """Requirements in the order written, the package indexes that were named for them, and files.

    `files` are the requirements files, as paths of the repository, that some of them stand in.
    """

    requirements: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class _Found(msgspec.Struct, frozen=True):
    """What is found of one stage, in order; dictionaries are ordered sets."""

    requirements: dict[str, None]
    indexes: dict[str, None]
    files: dict[str, None]

    def add(self, other: "_Found") -> None:
        self.requirements.update(other.requirements)
        self.indexes.update(other.indexes)
        self.files.update(other.files)


_NOTHING = Installs()


def installs_of(stages: "Sequence[Stage]", ground: Ground) -> list[Installs]:
    """Return, for each stage, what it and all stages that continue it install."""
    if not any(_may_install(instruction) for stage in stages for instruction in stage.body):
        return [_NOTHING] * len(stages)
    own = _own_installs(stages, ground, follow=any(map(_names_files, stages)))
    children: list[list[int]] = [[] for _ in stages]
    for at, stage in enumerate(stages):
        if stage.parent is not None:
            children[stage.parent].append(at)
    for at in reversed(range(len(stages))):
        for below in children[at]:
            if len(own[at].requirements) < MAX_REQUIREMENTS:
                own[at].add(own[below])
    return [
        Installs(tuple(each.requirements), tuple(each.indexes), tuple(each.files)) for each in own
    ]


def _own_installs(stages: "Sequence[Stage]", ground: Ground, *, follow: bool) -> list[_Found]:
    """Return what each stage installs itself; variables and files come down from its parent.

    What is copied is kept in mind where it is to be followed only.
    """
    scopes: list[dict[str, Value]] = []
    folders: list[Files] = []
    context = _Context(ground)
    found = []
    copied = 0
    for stage in stages:
        scope = scopes[stage.parent] if stage.parent is not None else {}
        files = folders[stage.parent] if stage.parent is not None else Files()
        if any(instruction.keyword in {"ARG", "ENV"} for instruction in stage.body):
            copied += len(scope)
            # Past the bound a stage's variables are not its own: they are unknown in it.
            scope = dict(scope) if copied <= MAX_COPIED else {}
        reader = _Stage(scope, files, ground, context)
        for instruction in stage.body:
            reader.read(instruction, follow=follow)
        found.append(reader.found)
        scopes.append(scope)
        folders.append(reader.files)
    return found


def _may_install(instruction: Instruction) -> bool:
    if instruction.keyword != "RUN":
        return False
    return "install" in instruction.whole or "uv" in instruction.whole or bool(instruction.heredocs)


def _names_files(stage: "Stage") -> bool:
    """Return whether any RUN of a stage may name a requirements file."""
    return any(
        mark in script
        for instruction in stage.body
        if instruction.keyword == "RUN"
        for script in (instruction.whole, *(doc.content for doc in instruction.heredocs))
        for mark in (" -r", "requirement", " sync")
    )


class _Stage:
    """One stage, read instruction by instruction; `scope` is filled with its variables."""

    def __init__(
        self, scope: dict[str, Value], files: Files, ground: Ground, context: "_Context"
    ) -> None:
        self._scope = scope
        self._ground = ground
        self._context = context
        self.files = files
        self.found = _Found({}, {}, {})

    def read(self, instruction: Instruction, *, follow: bool) -> None:
        """Take one instruction into account."""
        keyword, scope, ground = instruction.keyword, self._scope, self._ground
        if keyword == "ARG":
            declare(instruction, scope, ground)
        elif keyword == "ENV":
            set_environment(instruction, scope, ground)
        elif keyword in {"COPY", "ADD", "WORKDIR"}:
            if follow:
                self.files = self.files.after(instruction, scope, ground.escape)
        elif _may_install(instruction):
            self._run(instruction)

    def _run(self, instruction: Instruction) -> None:
        script = "\n".join([instruction.text, *(doc.content for doc in instruction.heredocs)])
        commands = read_commands(script, self._scope)
        found = _Found(dict.fromkeys(commands.requirements), dict.fromkeys(commands.indexes), {})
        files = self.files.mounted(instruction) if commands.files else self.files
        for name in commands.files:
            self._follow(name, files, found)
        self.found.add(found)

    def _follow(self, name: str, files: Files, found: _Found) -> None:
        """Add what a requirements file asks for, and those that it includes."""
        waiting = [name]
        while waiting and len(found.files) < MAX_FILES:
            here = waiting.pop(0)
            path, text = self._context.read(files.sources_of(here))
            if text is None or path in found.files:
                continue
            said = read_requirements(text)
            found.indexes.update(dict.fromkeys(said.indexes))
            wanted = _kept(said.wanted, variant_of(found.indexes))
            found.requirements.update(dict.fromkeys(wanted))
            found.files[path] = None
            folder = posixpath.dirname(files.at(here))
            waiting += [posixpath.join(folder, each) for each in said.included[:MAX_FILES]]


@functools.lru_cache(maxsize=256)
def _kept(wanted: tuple[str, ...], variant: str) -> tuple[str, ...]:
    """Return the requirements that are worth keeping, remembered: many builds read one file."""
    kept = (kept_requirement(each, variant) for each in wanted)
    return tuple(itertools.islice((each for each in kept if each), MAX_REQUIREMENTS))


class _Context:
    """The build context of one build, and how often it was looked into."""

    def __init__(self, ground: Ground) -> None:
        self._look = ground.look
        self._folders = ground.contexts
        self._left = MAX_LOOKUPS

    def read(self, sources: Iterable[str]) -> tuple[str, str | None]:
        """Return the repository's path of the first source that is there, and its text."""
        look = self._look
        self._left -= 1
        for source in sources if look and self._left > 0 else ():
            for folder in self._folders:
                self._left -= 1
                if look is None or self._left < 0:
                    return "", None
                path = look.beside(f"{folder}/x" if folder else "x", source)
                if path is not None and look.exists(path):
                    return path, look.read(path)
        return "", None
