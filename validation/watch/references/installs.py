"""What a Dockerfile's stages install on top of their base, as far as it is plainly written.

Pure; imports commands, instructions, records and scopes. A base is judged together with what all
stages that continue it install: torch's variant, Python, CuPy and what else the resolver pairs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from validation.watch.references.commands import read_commands
from validation.watch.references.instructions import Instruction
from validation.watch.references.records import Value
from validation.watch.references.scopes import Ground, declare, set_environment

if TYPE_CHECKING:
    from validation.watch.references.dockerfile import Stage


MAX_REQUIREMENTS = 200
"""Past so many requirements of a base, what further stages install is left out."""

MAX_COPIED = 500_000
"""Most variables that stages may hand down in one file, each counted for every stage."""


class Installs(msgspec.Struct, frozen=True):
    """Requirements in the order written, and the package indexes that were named for them."""

    requirements: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()


_NOTHING = Installs()


def installs_of(stages: "Sequence[Stage]", ground: Ground) -> list[Installs]:
    """Return, for each stage, what it and all stages that continue it install."""
    if not any(_may_install(instruction) for stage in stages for instruction in stage.body):
        return [_NOTHING] * len(stages)
    own = _own_installs(stages, ground)
    children: list[list[int]] = [[] for _ in stages]
    for at, stage in enumerate(stages):
        if stage.parent is not None:
            children[stage.parent].append(at)
    for at in reversed(range(len(stages))):
        for below in children[at]:
            if len(own[at][0]) < MAX_REQUIREMENTS:
                own[at][0].update(own[below][0])
                own[at][1].update(own[below][1])
    return [Installs(tuple(wanted), tuple(named)) for wanted, named in own]


def _own_installs(
    stages: "Sequence[Stage]", ground: Ground
) -> list[tuple[dict[str, None], dict[str, None]]]:
    """Return what each stage installs itself; variables come down from the stage it continues."""
    scopes: list[dict[str, Value]] = []
    found = []
    copied = 0
    for stage in stages:
        scope = scopes[stage.parent] if stage.parent is not None else {}
        if any(instruction.keyword in {"ARG", "ENV"} for instruction in stage.body):
            copied += len(scope)
            # Past the bound a stage's variables are not its own: they are unknown in it.
            scope = dict(scope) if copied <= MAX_COPIED else {}
        found.append(_stage_installs(stage.body, scope, ground))
        scopes.append(scope)
    return found


def _may_install(instruction: Instruction) -> bool:
    if instruction.keyword != "RUN":
        return False
    return "install" in instruction.whole or "uv" in instruction.whole or bool(instruction.heredocs)


def _stage_installs(
    body: Sequence[Instruction], scope: dict[str, Value], ground: Ground
) -> tuple[dict[str, None], dict[str, None]]:
    """Return requirements and indexes of one stage; `scope` is filled with its variables."""
    requirements: dict[str, None] = {}
    indexes: dict[str, None] = {}
    for instruction in body:
        if instruction.keyword == "ARG":
            declare(instruction, scope, ground)
        elif instruction.keyword == "ENV":
            set_environment(instruction, scope, ground)
        elif _may_install(instruction):
            script = "\n".join([instruction.text, *(doc.content for doc in instruction.heredocs)])
            found = read_commands(script, scope)
            requirements.update(dict.fromkeys(found.requirements))
            indexes.update(dict.fromkeys(found.indexes))
    return requirements, indexes
