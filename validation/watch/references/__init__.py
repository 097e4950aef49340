"""Every base image that a repository stands on: `find_references`.

Imports the readers' registry, files and records. Files are found in a fixed order, each is read
once by the reader of its kind (`kinds`), and Dockerfiles are resolved last, since compose files,
workflows and matrices say with which build args they are built. Nothing is executed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from validation.watch.files import Folder, Problem
from validation.watch.nouns import Place, Reference
from validation.watch.references.build_matrix import add_matrix_builds
from validation.watch.references.dockerfile import add_dockerfile
from validation.watch.references.instructions import Dockerfile, read_instructions
from validation.watch.references.kinds import (
    is_build_matrix,
    is_candidate,
    is_dockerfile,
    is_text,
    reader_of,
)
from validation.watch.references.records import (
    Build,
    Found,
    Reading,
    ReferenceScan,
    ScanOptions,
    Source,
)
from validation.watch.references.scopes import given_args

__all__ = ["ReferenceScan", "ScanOptions", "find_references", "references_in"]

MAX_EVALUATIONS = 500_000
"""Most instructions that all builds of one Dockerfile together may go through: about a second."""


def find_references(
    root: Path, paths: Sequence[str | Path] = (), options: ScanOptions | None = None
) -> ReferenceScan:
    """Return the references of a repository's files, by file and line.

    `paths` are files and folders inside `root`, relative to it or absolute; none means all of it.
    Raises `BadInput` for a root that is no folder, and for a path that is not inside it.
    """
    options = options or ScanOptions()
    folder = Folder(root, options.bounds)
    tops = [folder.relative(path) for path in paths] or [""]
    return references_in(folder, folder.walk(tops, is_candidate), options, frozenset(tops))


def references_in(
    folder: Folder, files: Iterable[str], options: ScanOptions, named: frozenset[str]
) -> ReferenceScan:
    """Return the references of files that were found by walking; `named` are a person's own paths.

    Of the others those that are no candidates are passed over. What is named and is none of the
    kinds is read as a Dockerfile, or said not to be one.
    """
    scan = _Scan(folder, options, named)
    for file in files:
        if file in named or is_candidate(file):
            scan.read(file)
    return scan.result()


class _Scan:
    """One scan: what was found so far, and the builds that wait for their Dockerfile."""

    def __init__(self, folder: Folder, options: ScanOptions, named: frozenset[str]) -> None:
        self._folder = folder
        self._options = options
        self._named = named
        self._given = given_args(options.build_args)
        self._found: list[Found] = []
        self._builds: dict[str, list[Build]] = {}
        self._dockerfiles: dict[str, Dockerfile] = {}
        self._matrices: list[Source] = []
        self._files = 0

    def result(self) -> ReferenceScan:
        """Return all that was found, sorted by place; matrices and Dockerfiles are resolved now."""
        scanned = set(self._dockerfiles)
        for source in self._matrices:
            self._match(source)
        for found in self._found:
            for build in found.builds:
                self._builds.setdefault(build.dockerfile, []).append(build)
        for file in sorted(scanned | self._builds.keys()):
            self._resolve(file, default=file in scanned)
        # A file that several others lead to was read for each of them.
        references = {_shown(one): None for found in self._found for one in found.references}
        problems = [one for found in self._found for one in found.problems]
        problems += self._folder.problems
        return ReferenceScan(
            references=tuple(sorted(references, key=_reference_order)),
            problems=tuple(sorted(set(map(_shown_problem, problems)), key=_problem_order)),
            files=self._files,
        )

    def read(self, file: str) -> None:
        """Read one file; what builds a Dockerfile waits until all are read."""
        text = self._folder.read(file)
        if text is None:
            if file in self._named and not self._folder.exists(file):
                self._folder.problem(file, "not a plain file; not read")
            return
        self._files += 1
        source = Source(file, text)
        if is_dockerfile(file):
            self._dockerfiles[file] = read_instructions(text)
            return
        reader = reader_of(source)
        if reader is not None:
            found = self._new(file)
            reader(Reading(source, self._folder, self._options, found, self._new))
        elif is_build_matrix(file):
            self._matrices.append(source)
        elif file in self._named:
            self._unnamed(source)

    def _unnamed(self, source: Source) -> None:
        """Read a file that a person names and whose name says nothing: a Dockerfile or nothing.

        What rules read line by line (requirements, pip's settings) holds no base; it is read.
        """
        parsed = read_instructions(source.text)
        if parsed.instructions and parsed.instructions[0].keyword in {"FROM", "ARG"}:
            self._dockerfiles[source.file] = parsed
        elif not is_text(source.file):
            self._folder.problem(source.file, "not a kind of file that is read")

    def _match(self, source: Source) -> None:
        """Give a matrix's builds to the Dockerfiles in its folder."""
        beside = source.file.rpartition("/")[0]
        dockerfiles = [
            (file, parsed)
            for file, parsed in self._dockerfiles.items()
            if file.rpartition("/")[0] == beside
        ]
        if dockerfiles:
            found = self._new(source.file)
            add_matrix_builds(source, dockerfiles, found)

    def _resolve(self, file: str, *, default: bool) -> None:
        builds = self._builds.get(file, [])
        own = [Build(dockerfile=file, args={})] if default else []
        inline = [build for build in builds if build.text is not None]
        for build in inline:
            found = self._new(file)
            parsed = read_instructions(build.text or "")
            made = self._with_given([build])
            add_dockerfile(found, parsed, made, build.line, steady=build.steady, look=self._folder)
        plain = own + [build for build in builds if build.text is None]
        if not plain:
            return
        parsed_file = self._parsed(file)
        if parsed_file is None:
            return
        found = self._new(file)
        most = max(MAX_EVALUATIONS // max(len(parsed_file.instructions), 1), 1)
        if len(plain) > most:
            found.problem(1, f"built in {len(plain):,} ways; only the first {most:,} are read")
        add_dockerfile(found, parsed_file, self._with_given(plain[:most]), look=self._folder)

    def _parsed(self, file: str) -> Dockerfile | None:
        parsed = self._dockerfiles.get(file)
        if parsed is None:
            text = self._folder.read(file)
            self._files += text is not None
            parsed = read_instructions(text) if text is not None else None
        return parsed

    def _with_given(self, builds: list[Build]) -> list[Build]:
        """Return builds with what the person gives: build args win, the platform is a default."""
        return [
            replace(
                build,
                args={**build.args, **self._given},
                platform=build.platform or self._options.platform,
            )
            for build in builds
        ]

    def _new(self, file: str) -> Found:
        found = Found(file, self._options.bounds)
        self._found.append(found)
        return found


def _shown(reference: Reference) -> Reference:
    place = reference.place
    return reference if place.file.isascii() else replace(reference, place=_printable(place))


def _shown_problem(problem: Problem) -> Problem:
    place = problem.place
    return problem if place.file.isascii() else replace(problem, place=_printable(place))


def _printable(place: Place) -> Place:
    """Return a place whose file name can be printed: what is not UTF-8 is told in escapes."""
    name = place.file.encode("utf-8", "backslashreplace").decode()
    return replace(place, file=name)


def _reference_order(reference: Reference) -> tuple[str, int, str, str, str]:
    place = reference.place
    return (place.file, place.line, reference.where, reference.raw, reference.resolved or "")


def _problem_order(problem: Problem) -> tuple[str, int, str]:
    return (problem.place.file, problem.place.line, problem.message)
