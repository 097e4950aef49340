"""A Dockerfile and the ways it is built → the images that it stands on.

Pure; imports installs, instructions, nouns, records, scopes and words. What names a stage, or a
build context that the build names, is no image; `scratch` is none either. Three kinds of statement
name images beside FROM: `COPY --from`, `RUN --mount=…,from=`, and the directive `# syntax`.
"""

import csv
from collections.abc import Sequence

import msgspec

from validation.watch.nouns import Place, Reference
from validation.watch.references.installs import Installs, installs_of
from validation.watch.references.instructions import Dockerfile, Instruction, split_plain
from validation.watch.references.records import (
    Build,
    Found,
    Look,
    Scope,
    Value,
    how_of,
    unresolved_of,
)
from validation.watch.references.scopes import Ground, declare, platform_scope
from validation.watch.references.words import expand


class Stage(msgspec.Struct):
    """One FROM: its name in lower case, the stage it continues, or the image it stands on."""

    name: str
    instruction: Instruction
    parent: int | None
    raw: str
    base: Value
    platform: str
    body: list[Instruction]


def add_dockerfile(
    found: Found,
    parsed: Dockerfile,
    builds: Sequence[Build],
    first_line: int = 1,
    *,
    steady: bool = True,
    look: Look | None = None,
) -> None:
    """Add what a Dockerfile stands on, over all `builds`; each differing answer once.

    `look` reads what a build copies from its context. `first_line` is where the Dockerfile begins
    in its file; unless its lines are `steady`, all references stand there.
    """
    contexts = frozenset[str]().union(*(build.contexts for build in builds))
    shift = _Shift(first_line, steady=steady)
    _add_syntax(found, parsed, shift)
    for line, message in parsed.faults:
        found.problem(shift.line(line), f"BuildKit refuses this Dockerfile: {message}")
    for build in builds:
        ground, stages = read_stages(found.file, parsed, build, contexts, look)
        _check_order(found, stages, parsed, shift)
        _add_stages(found, stages, installs_of(stages, ground), shift)
        _add_borrowed(found, stages, contexts, shift)


def read_stages(
    file: str,
    parsed: Dockerfile,
    build: Build,
    contexts: frozenset[str],
    look: Look | None = None,
) -> tuple[Ground, list[Stage]]:
    """Return what the stages' variables rest on, and the stages in order."""
    scope = platform_scope(build.platform)
    # Where nobody says the context, it is the Dockerfile's folder or the repository's root.
    folders = [*([] if build.context is None else [build.context]), file.rpartition("/")[0], ""]
    ground = Ground(file, parsed.escape, build.args, scope, look, tuple(dict.fromkeys(folders)))
    before_from = Ground(file, parsed.escape, build.args, {})
    stages: list[Stage] = []
    named: dict[str, int] = {}
    for instruction in parsed.instructions:
        if instruction.keyword == "FROM" and not instruction.onbuild:
            stage = _stage(instruction, scope, parsed.escape, named, contexts)
            stages.append(stage)
            if stage.name:
                named[stage.name] = len(stages) - 1
        elif stages:
            stages[-1].body.append(instruction)
        elif instruction.keyword == "ARG":
            declare(instruction, scope, before_from)
    return ground, stages


def _stage(
    instruction: Instruction,
    scope: Scope,
    escape: str,
    named: dict[str, int],
    contexts: frozenset[str],
) -> Stage:
    words = split_plain(instruction.text)
    raw = words[0] if words else ""
    name = words[2].lower() if len(words) == 3 and words[1].lower() == "as" else ""
    base = expand(raw, scope, escape)
    parent = named.get(base.text.lower()) if base.known else None
    if base.known and base.text in contexts:
        base = Value("")
    platform = ""
    for flag in instruction.flags:
        if flag.startswith("--platform="):
            value = expand(flag.removeprefix("--platform="), scope, escape)
            platform = value.text if value.known else flag.removeprefix("--platform=")
    return Stage(name, instruction, parent, raw, base, platform, [])


class _Shift:
    """Lines of a Dockerfile that stands inside another file → that file's lines."""

    def __init__(self, first: int, *, steady: bool) -> None:
        self._first = first
        self._steady = steady

    def line(self, line: int) -> int:
        return self._first + line - 1 if self._steady else self._first


def _check_order(found: Found, stages: Sequence[Stage], parsed: Dockerfile, shift: _Shift) -> None:
    if not stages and parsed.instructions and not found.problems:
        line = parsed.instructions[0].line
        found.problem(shift.line(line), "no FROM: nothing says what this file stands on")


def _add_syntax(found: Found, parsed: Dockerfile, shift: _Shift) -> None:
    for directive in parsed.directives:
        if directive.name == "syntax":
            image = directive.value.split(" ")[0]
            found.image(image, Value(image), "# syntax", shift.line(directive.line))


def _add_stages(
    found: Found, stages: Sequence[Stage], installs: Sequence[Installs], shift: _Shift
) -> None:
    for stage, own in zip(stages, installs, strict=True):
        base = stage.base
        if stage.parent is not None or (base.known and base.text.lower() in {"", "scratch"}):
            continue
        found.add(
            Reference(
                raw=stage.raw,
                resolved=base.text if base.known else None,
                where="FROM",
                place=Place(file=found.file, line=shift.line(stage.instruction.line)),
                how=how_of(base),
                unresolved=unresolved_of(base, stage.raw),
                platform=stage.platform,
                installs=own.requirements,
                given=base.given,
                indexes=own.indexes,
                requirement_files=own.files,
            )
        )


def _add_borrowed(
    found: Found, stages: Sequence[Stage], contexts: frozenset[str], shift: _Shift
) -> None:
    """Add the images that stages copy or mount from; variables are not put in there (BuildKit)."""
    names = {stage.name for stage in stages} | {name.lower() for name in contexts}
    for stage in stages:
        for instruction in stage.body:
            if not instruction.flags or instruction.keyword not in {"COPY", "RUN"}:
                continue
            where = "COPY --from" if instruction.keyword == "COPY" else "RUN --mount"
            where = f"ONBUILD {where}" if instruction.onbuild else where
            for source in _sources(instruction):
                if source.lower() in names or source.isdecimal() or source in {"", "scratch"}:
                    continue
                line = shift.line(instruction.line_at(f"from={source}"))
                found.image(source, _literal(source), where, line)


def _sources(instruction: Instruction) -> list[str]:
    if instruction.keyword == "COPY":
        return [flag[7:] for flag in instruction.flags if flag.startswith("--from=")]
    sources = []
    for flag in instruction.flags:
        if flag.startswith("--mount=") and "from=" in flag:
            fields = (field.strip() for field in _fields(flag.removeprefix("--mount=")))
            sources += [field[5:] for field in fields if field.lower().startswith("from=")]
    return sources


def _fields(text: str) -> list[str]:
    """Return a mount's options, which are comma-separated values as in RFC 4180."""
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text]), [])
    except csv.Error:  # a field beyond csv's own bound, which no image name needs
        return text.split(",")


def _literal(source: str) -> Value:
    if "$" not in source:
        return Value(source)
    value = expand(source, {})
    fault = "" if value.missing else "a variable stands where the builder puts none in"
    return Value("", value.missing, (), fault)
