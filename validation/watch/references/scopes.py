"""What a Dockerfile's variables are: predefined ones, ARGs with defaults and build args, ENV.

Pure; imports instructions, nouns, records and words.

Rules (Dockerfile reference, "Understand how ARG and FROM interact"): ARGs before the first FROM
feed FROM; a stage sees one only after declaring it again; ENV feeds no FROM; a build arg counts
only where an ARG of its name is; predefined platform ARGs need no ARG in FROM.
"""

import functools
from collections.abc import Mapping

import msgspec

from validation.watch.nouns import Given, Place
from validation.watch.references.instructions import Instruction, split_words
from validation.watch.references.records import Look, Scope, Value
from validation.watch.references.words import expand


def platform_scope(platform: str) -> dict[str, Value]:
    """Return the platform ARGs that BuildKit predefines, for building on and for `platform`."""
    return dict(_predefined(platform))


@functools.lru_cache(maxsize=64)
def _predefined(platform: str) -> Scope:
    system, _, rest = platform.partition("/")
    machine, _, variant = rest.partition("/")
    parts = {"PLATFORM": platform, "OS": system, "ARCH": machine, "VARIANT": variant}
    scope = {}
    for side in ("TARGET", "BUILD"):
        for part, text in parts.items():
            name = side + part
            given = Given(name=name, value=text, how=f"{name} of {platform}")
            scope[name] = Value(text, (), (given,))
    return scope


class Ground(msgspec.Struct, frozen=True):
    """What the variables of one build of one file rest on.

    `outer` is the scope before the first FROM, `builds` are the build args. `look` reads files of
    the build context, which is the first of the folders in `contexts` that has them.
    """

    file: str
    escape: str
    builds: Scope
    outer: Scope
    look: Look | None = None
    contexts: tuple[str, ...] = ()


def declare(instruction: Instruction, scope: dict[str, Value], ground: Ground) -> None:
    """Add an ARG instruction's variables to `scope`.

    A build arg wins over the default; without both, a stage takes what the scope before the first
    FROM has.
    """
    for word in split_words(instruction.text, ground.escape):
        name, equals, default = word.partition("=")
        given = ground.builds.get(name)
        if given is not None:
            scope[name] = given
        elif equals:
            value = expand(default, scope, ground.escape)
            line = instruction.line_at(word)
            how = f"ARG {name} default, line {line}"
            if value.given:
                how = f"{how} ({'; '.join(dict.fromkeys(one.how for one in value.given))})"[:300]
            place = Place(file=ground.file, line=line)
            own = Given(name=name, value=value.text, how=how, place=place)
            scope[name] = Value(value.text, value.missing, (own,), value.fault)
        elif name in ground.outer:
            scope[name] = ground.outer[name]


def set_environment(instruction: Instruction, scope: dict[str, Value], ground: Ground) -> None:
    """Add an ENV instruction's variables to a stage's scope; all see what was before it."""
    words = split_words(instruction.text, ground.escape)
    if not words:
        return
    if "=" not in words[0]:
        pairs = [(words[0], instruction.text.partition(words[0])[2].strip())]
    else:
        pairs = [(name, text) for name, _, text in (word.partition("=") for word in words)]
    made = {}
    for name, text in pairs:
        value = expand(text, scope, ground.escape)
        given = Given(
            name=name,
            value=value.text,
            how=f"ENV {name}, line {instruction.line}",
            place=Place(file=ground.file, line=instruction.line_at(name)),
        )
        made[name] = Value(value.text, value.missing, (given,), value.fault)
    scope.update(made)


def given_args(args: Mapping[str, str]) -> dict[str, Value]:
    """Return the build args that a person gives, as values."""
    return {
        name: Value(text, (), (Given(name=name, value=text, how=f"build arg {name} as given"),))
        for name, text in args.items()
    }


def environment_scope(environment: Mapping[str, str]) -> dict[str, Value]:
    """Return the variables that a person gives, as values."""
    return {
        name: Value(text, (), (Given(name=name, value=text, how=f"{name} as given"),))
        for name, text in environment.items()
    }
