"""One scan from paths and names to its result; what `scan` does before it prints.

Imports watch, matrix, facts and model. Reads files through watch's own door.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from validation.errors import BadInput, WorldFailed
from validation.facts.load import Facts
from validation.files import write_atomic
from validation.matrix.load import load_matrix
from validation.model import Matrix, Record, Suppression
from validation.watch.bases import Base, Ground, judge_bases
from validation.watch.files import Folder, Problem
from validation.watch.nouns import Finding, Place, Reference, RegistryAnswer
from validation.watch.patch.plan import whole_patch, with_patches
from validation.watch.references import ReferenceScan, ScanOptions, references_in
from validation.watch.references.kinds import is_candidate, is_text
from validation.watch.references.own_matrix import is_own_matrix
from validation.watch.references.records import Source
from validation.watch.replacement import ANY_FLEET
from validation.watch.result import Result
from validation.watch.rules import BY_ID, findings_of
from validation.watch.rules.rule import Review, Scanned, TextFile
from validation.watch.suppress import Split, comment_suppressions, expired, split
from validation.watch.texts import read_texts

MATRIX = "matrix.yaml"
REVIEWS = "docs/reviews"


class Wanted(Record, frozen=True, kw_only=True):
    """What a person asked to scan: a root, paths in it, and references named outright.

    `problems` are lines of standard input that name nothing.
    """

    root: Path
    paths: tuple[str, ...]
    named: tuple[Reference, ...]
    problems: tuple[Problem, ...] = ()
    build_args: Mapping[str, str] = {}


class Sources(Record, frozen=True, kw_only=True):
    """What was found before anything is judged; `folder` keeps the texts that were read."""

    scan: ReferenceScan
    folder: Folder | None = None
    texts: tuple[TextFile, ...]
    matrix: Matrix | None
    recorded: datetime.date | None


def root_of(start: Path) -> Path:
    """Return the repository that a path is in: the nearest folder with matrix.yaml or .git."""
    folder = start if start.is_dir() else start.parent
    marks = (MATRIX, ".git")
    above = (at for at in (folder, *folder.parents) if any((at / mark).exists() for mark in marks))
    return next(above, folder)


def read_sources(wanted: Wanted, facts: Facts, reviewed: datetime.date | None = None) -> Sources:
    """Return all references and texts; raises `BadInput` for a broken matrix or a wrong path.

    `reviewed` is the day of a review that is being done, later than all that are recorded.
    """
    folder = Folder(wanted.root)
    matrix = _own_matrix(folder)
    if not wanted.paths:
        scan = ReferenceScan(references=wanted.named, problems=wanted.problems, files=0)
        return Sources(scan=scan, folder=folder, texts=(), matrix=matrix, recorded=None)
    tops = [folder.relative(path) for path in wanted.paths]
    files = list(folder.walk(tops, lambda path: is_candidate(path) or is_text(path)))
    texts = tuple(read_texts(folder, files))
    options = ScanOptions(build_args=wanted.build_args, facts=facts)
    scan = references_in(folder, files, options, frozenset(tops))
    scan = replace(
        scan,
        references=(*wanted.named, *scan.references),
        problems=(*wanted.problems, *scan.problems),
    )
    recorded = reviewed or recorded_review(wanted.root)
    return Sources(scan=scan, folder=folder, texts=texts, matrix=matrix, recorded=recorded)


def _own_matrix(folder: Folder) -> Matrix | None:
    """Return the repository's matrix, None where there is none that is written for this tool.

    It is read as every scanned file is: bounded, and what is not UTF-8 is no reason to stop, since
    another tool's file may have the same name.
    """
    text = folder.read(MATRIX) if folder.exists(MATRIX) else None
    if text is None or not is_own_matrix(Source(MATRIX, text)):
        return None
    return load_matrix(text, MATRIX)


def recorded_review(root: Path) -> datetime.date | None:
    """Return the day of the last recorded review: the newest docs/reviews/<day>.md."""
    days = []
    for path in (root / REVIEWS).glob("????-??-??.md"):
        try:
            days.append(datetime.date.fromisoformat(path.stem))
        except ValueError:
            continue  # a file of another name is no record
    return max(days, default=None)


def ground_of(
    sources: Sources,
    facts: Facts,
    today: datetime.date,
    answers: Mapping[str, RegistryAnswer],
) -> Ground:
    """Return what verdicts rest on, with what the matrix declares."""
    matrix = sources.matrix
    if matrix is None:
        return Ground(facts=facts, today=today, answers=answers)
    return Ground(
        facts=facts,
        today=today,
        schedule=matrix.review,
        fleet=matrix.fleet or ANY_FLEET,
        fleets={family.line: family.fleet for family in matrix.families},
        os_support=matrix.os_support,
        answers=answers,
    )


def judge_sources(
    wanted: Wanted,
    sources: Sources,
    ground: Ground,
    *,
    offline: bool,
    silent: tuple[str, ...] = (),
    patches: bool = True,
) -> Result:
    """Return the scan's result: bases judged, rules asked, suppressions held against them.

    `patches` asks for each base's patch too, which plans the matrix again for every one in it.
    """
    scan = sources.scan
    folder = sources.folder or Folder(wanted.root)
    scanned = Scanned(
        ground=ground,
        references=scan.references,
        bases=judge_bases(scan.references, ground),
        texts=sources.texts,
        problems=scan.problems,
        review=_review(wanted, sources, folder),
    )
    findings = findings_of(scanned)
    suppressions, flaws = _suppressions(sources, folder, findings, ground.today)
    if flaws:
        about = Scanned(ground=ground, references=(), bases=(), flaws=flaws)
        findings = (*findings, *findings_of(about))
    parted = split(findings, suppressions, ground.today, _by_place(scan.references))
    return Result(
        today=ground.today,
        next_review=ground.next_review,
        offline=offline,
        bases=with_patches(scanned.bases, folder.read, ground.facts, _stays(parted))
        if patches
        else scanned.bases,
        findings=parted.raised,
        suppressed=parted.suppressed,
        unresolved=tuple(each for each in scan.references if each.resolved is None),
        problems=scan.problems,
        silent=silent,
        files=scan.files,
    )


def _review(wanted: Wanted, sources: Sources, folder: Folder) -> Review | None:
    matrix = sources.matrix
    if matrix is None or matrix.review is None or not wanted.paths:
        return None
    lines = (folder.read(MATRIX) or "").splitlines()
    line = next((at for at, text in enumerate(lines, 1) if text.startswith("review:")), 1)
    place = Place(file=MATRIX, line=line)
    return Review(schedule=matrix.review, place=place, recorded=sources.recorded)


def _suppressions(
    sources: Sources, folder: Folder, findings: Sequence[Finding], today: datetime.date
) -> tuple[tuple[Suppression, ...], tuple[Problem, ...]]:
    """Return what is suppressed, by the matrix and by comments in files with findings."""
    own = sources.matrix.suppress if sources.matrix else ()
    for each in own:
        if each.rule not in BY_ID:
            raise BadInput(
                f"{MATRIX}:{each.line}: suppress: there is no rule {each.rule!r}",
                hint="imagewright rules lists them",
            )
    found = list(own)
    flaws: list[Problem] = []
    for file in sorted({each.file for each in findings if each.file not in {"", "-"}}):
        text = folder.read(file)
        if text and "imagewright:" in text:
            comments, wrong = comment_suppressions(file, text, BY_ID)
            found += comments
            flaws += wrong
    return tuple(found), (*flaws, *expired(found, today, MATRIX))


def _stays(parted: Split) -> Callable[[Base, Reference], bool]:
    """Return whether a base is wanted as it is at a place: its verdict is suppressed there."""
    quiet = {
        (each.finding.rule, each.finding.file, each.finding.line) for each in parted.suppressed
    }

    def stays(base: Base, used: Reference) -> bool:
        return (f"base-{base.verdict.headline}", used.place.file, used.place.line) in quiet

    return stays


def _by_place(references: Iterable[Reference]) -> dict[tuple[str, int], tuple[str, ...]]:
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for each in references:
        at = (each.place.file, each.place.line)
        found[at] = (*found.get(at, ()), each.resolved or each.raw)
    return found


def write_patch(path: Path, wanted: Wanted, result: Result, facts: Facts) -> str:
    """Write one diff of all moves that can be said in lines; return what was written, in words.

    Nothing is written where nothing can be said.
    """
    patch = whole_patch(result.bases, Folder(wanted.root).read, facts)
    bases = [base for base in result.bases if base.replacements.best]
    ready = sum(base.patch is not None for base in bases)
    if not patch:
        return f"no patch is written: {len(bases)} bases have a replacement that no line could take"
    write_atomic(path.absolute(), patch)
    return f"wrote {path}: {ready} of {len(bases)} moves; in {wanted.root}: git apply {path}"


def write_review(wanted: Wanted, sources: Sources, page: str, result: Result) -> str:
    """Write the record of a review of the whole repository; return its path below the root."""
    if sources.matrix is None or sources.matrix.review is None:
        raise BadInput(
            f"{MATRIX} declares no review to record",
            hint="add to it: review: {every: quarter, anchor: DAY}",
        )
    if [Path(path) for path in wanted.paths] != [wanted.root] or wanted.named:
        raise BadInput("a review is of the whole repository", hint="name no path, or the root")
    if result.silent:
        raise WorldFailed(
            "a review needs its registries", hint="or say --offline", details=result.silent
        )
    path = f"{REVIEWS}/{result.today}.md"
    write_atomic(wanted.root / path, page.rstrip("\n") + "\n")
    return path
