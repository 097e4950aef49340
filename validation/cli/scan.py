"""`imagewright scan`: every base image that a repository stands on, judged."""

import importlib
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validation.cli import cache_folder, output
from validation.cli.scanning import (
    Wanted,
    ground_of,
    judge_sources,
    read_sources,
    root_of,
    write_patch,
    write_review,
)
from validation.errors import BadInput, ExitCode, WorldFailed
from validation.facts.load import load_facts
from validation.watch.files import Problem
from validation.watch.names import kind_of, parse_image
from validation.watch.nouns import Finding, Place, Reference
from validation.watch.result import Result
from validation.watch.rules.line_not_read import STANDARD_INPUT

if TYPE_CHECKING:
    from validation.cli.asking import Said

FORMATS = ("text", "json", "sarif", "markdown", "github", "junit")
LOUDNESS = {"note": 0, "warning": 1, "error": 2, "never": 3}
_MOST_INPUT = 10_000_000
"""Characters that are read from standard input: 100,000 references of the longest kind."""


@click.command("scan")
@click.argument("targets", nargs=-1, metavar="[PATH|IMAGE|-]...")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="github: workflow commands; markdown: a job's summary.",
)
@click.option("--offline", is_flag=True, help="Ask no registry: judge by the committed facts.")
@click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="The day of judgement.  [default: today]"
)
@click.option(
    "--fail-on",
    type=click.Choice(list(LOUDNESS)),
    default="warning",
    show_default=True,
    help="Exit 1 where a finding is at least this loud.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Write docs/reviews/<today>.md: the review is done, the next one counts from here.",
)
@click.option(
    "--patch",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the moves to the best replacements as a diff: git apply FILE.",
)
@click.option(
    "--registry-mirror",
    "mirrors",
    multiple=True,
    metavar="[HOST=]URL",
    help="Asked instead of Docker Hub, or of HOST.",
)
@click.option(
    "--installs",
    multiple=True,
    metavar="REQUIREMENT",
    help="What stands on the IMAGEs, such as torch==2.2.0.  [default: torch on nvidia/cuda]",
)
@click.option(
    "--build-arg", "build_args", multiple=True, metavar="NAME=VALUE", help="As for docker build."
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    targets: Sequence[str],
    form: str,
    offline: bool,
    today: datetime | None,
    fail_on: str,
    record: bool,
    patch: Path | None,
    mirrors: Sequence[str],
    installs: Sequence[str],
    build_args: Sequence[str],
) -> int:
    """Judge every base image under PATH (here, if none is named), or the IMAGEs themselves.

    `-` reads references from standard input, one a line; lines with `<none>` (docker images) are
    left out, and what is no reference is an error beside the others' verdicts.

    A base is judged by NVIDIA's policy, chart, lists and flag, its driver branch, its distribution
    and its registry; what contradicts is shown. docs/rules.md tells every rule, and how a finding
    is suppressed.
    """
    facts = load_facts()
    day = (today or datetime.now().astimezone()).date()
    wanted = _wanted(ctx.find_root().obj, targets, tuple(installs), _arguments(build_args))
    sources = read_sources(wanted, facts, day if record else None)
    said = None if offline else _said(sources.scan.references, mirrors)
    ground = ground_of(sources, facts, day, said.answers if said else {})
    silent = said.silent if said else ()
    result = judge_sources(wanted, sources, ground, offline=offline, silent=silent)
    output.result(_formatted(form, result))
    if patch is not None:
        output.note(write_patch(patch, wanted, result, facts))
    if record:
        path = write_review(wanted, sources, _formatted("markdown", result), result)
        output.note(f"wrote {path}; the next review is on {result.next_review}")
    _raise_unjudged(result)
    return _status(result.findings, fail_on)


def _said(references: Sequence[Reference], mirrors: Sequence[str]) -> "Said":
    from validation.cli.asking import ask_registries, mirrors_of  # noqa: PLC0415  (not offline)

    cache = cache_folder() / "registry"
    return ask_registries(references, mirrors_of(mirrors), cache, os.environ)


def _status(findings: Sequence[Finding], fail_on: str) -> int:
    loudest = max((LOUDNESS[each.level] for each in findings), default=-1)
    return ExitCode.FINDINGS if loudest >= LOUDNESS[fail_on] else ExitCode.CLEAN


def _raise_unjudged(result: Result) -> None:
    """Raise `WorldFailed` where registries were silent and the facts know none of the bases."""
    judged = any(base.verdict.headline != "unknown" for base in result.bases)
    if result.silent and result.bases and not judged:
        raise WorldFailed(
            "nothing could be judged: the facts know none of the bases and no registry answered",
            hint="--registry-mirror names a registry that is reached",
            details=result.silent,
        )


def _formatted(form: str, result: Result) -> str:
    """Return the result in a format; formats are imported when they are asked for."""
    module = importlib.import_module(f"validation.report.scan.as_{form}")
    text: str = getattr(module, f"format_{form}")(result)
    return text


def _arguments(words: Sequence[str]) -> dict[str, str]:
    for word in words:
        if not re.match(r"[A-Za-z_]\w*=", word):
            raise BadInput(f"--build-arg {word}: not NAME=VALUE", hint="--build-arg CUDA=12.6.3")
    return dict(word.split("=", 1) for word in words)


def _wanted(
    root: Path | None, targets: Sequence[str], installs: tuple[str, ...], build_args: dict[str, str]
) -> Wanted:
    paths: list[Path] = []
    named: list[Reference] = []
    problems: list[Problem] = []
    for target in targets:
        if target == STANDARD_INPUT:
            read, wrong = _read_input(installs)
            named += read
            problems += wrong
        elif Path(target).exists():
            paths.append(Path(target).absolute())
        else:
            _require_image(target)
            named.append(_named(target, Place(file="", line=0), installs))
    if problems and not (named or paths):
        raise BadInput(
            f"line {problems[0].place.line}: {problems[0].message}",
            hint="docker images --format '{{.Repository}}:{{.Tag}}' writes one reference a line",
        )
    if not targets:
        paths.append(Path.cwd() if root is None else root.absolute())
    start = root_of(paths[0] if paths else Path.cwd()) if root is None else root
    return Wanted(
        root=start,
        paths=tuple(str(path) for path in paths),
        named=tuple(named),
        problems=tuple(problems),
        build_args=build_args,
    )


def _require_image(target: str) -> None:
    """Raise `BadInput` for what is no file and only by a stretch an image: a misspelled path."""
    try:
        name = parse_image(target)
    except BadInput as error:
        raise BadInput(f"neither a path nor an image: {error.what}", hint=error.hint) from error
    if not (name.tag or name.digest) and kind_of(name) == "other":
        raise BadInput(
            f"no file or folder {target!r}, and as an image it has no tag",
            hint="name a path that is there, or an image with its tag",
        )


def _read_input(installs: tuple[str, ...]) -> tuple[list[Reference], list[Problem]]:
    """Return the references of standard input and the lines that are none.

    Raises `BadInput` where it is too long.
    """
    lines = sys.stdin.read(_MOST_INPUT + 1)
    if len(lines) > _MOST_INPUT:
        raise BadInput("standard input is too long", hint="scan the files themselves")
    found: list[Reference] = []
    problems: list[Problem] = []
    nameless = 0
    for number, line in enumerate(lines.splitlines(), start=1):
        text = line.partition("#")[0].strip()
        if "<none>" in text:  # docker images: of an image without a name, or without a tag
            nameless += 1
        elif text:
            place = Place(file=STANDARD_INPUT, line=number)
            try:
                found.append(_named(text, place, installs))
            except BadInput as error:
                problems.append(Problem(place=place, message=error.what))
    if nameless:
        many = "1 line" if nameless == 1 else f"{nameless} lines"
        output.note(f"left out {many} of standard input with <none>: images without name or tag")
    return found, problems


def _named(text: str, place: Place, installs: tuple[str, ...]) -> Reference:
    """Return a reference named outright; of a CUDA base whose file is not seen torch is assumed."""
    assumed = ("torch",) if kind_of(parse_image(text)) == "cuda" else ()
    return Reference(
        raw=text,
        resolved=text,
        where="standard input" if place.file else "argument",
        place=place,
        how="as written",
        installs=installs or assumed,
    )
