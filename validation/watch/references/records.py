"""What the readers of files share: options, values with their origin, builds, what was found.

Imports errors, facts (for the type), files, names and nouns.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from validation.errors import BadInput
from validation.facts.load import Facts
from validation.model import Record
from validation.watch.files import Bounds, Problem
from validation.watch.names import parse_image
from validation.watch.nouns import Given, Place, Reference

MAX_PROBLEMS = 100
"""Most problems that are told of one file."""

_TURNS = 10  # so many times the bound of one matrix may all matrices of a file come to


class ScanOptions(Record, frozen=True, kw_only=True):
    """What a person gives beside the files.

    `build_args` are as for `docker build --build-arg` and win over every default; `environment`
    is what compose files may interpolate beside their .env, which it wins over (never this
    process's own). `platform` is what predefined ARGs such as TARGETARCH speak of. `facts` resolve
    our own matrix; None means the committed ones.
    """

    build_args: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    platform: str = "linux/amd64"
    bounds: Bounds = Bounds()
    facts: Facts | None = None


class ReferenceScan(Record, frozen=True, kw_only=True):
    """All references of a repository, by file and line, and what was not read; `files` were read.

    Text that is not UTF-8 in a file or its name is told with backslashes, so that it can be
    printed.
    """

    references: tuple[Reference, ...]
    problems: tuple[Problem, ...]
    files: int


class Value(msgspec.Struct, frozen=True):
    """A text as far as it is known: `missing` names the variables that it lacks.

    `given` are the values it was made with and where they stand; `fault` says why the builder
    itself would refuse the text.
    """

    text: str
    missing: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    fault: str = ""

    @property
    def known(self) -> bool:
        """True when nothing is missing and nothing is wrong."""
        return not self.missing and not self.fault


Scope = Mapping[str, Value]
"""Variables by name; one that is not there is unset."""


class Build(Record, frozen=True, kw_only=True):
    """One way in which the repository builds a Dockerfile: who says so, and the build args.

    `context` is the build context's folder, None where nobody says it. `dockerfile` is the file's
    path; with `text`, the Dockerfile itself stands in that file, its
    first line at `line`, and `steady` says whether its lines are the file's own (they are not
    inside quotes). `contexts` are named build contexts: names that are no images in it.
    """

    dockerfile: str
    context: str | None = None
    text: str | None = None
    line: int = 1
    steady: bool = True
    args: Scope
    contexts: frozenset[str] = frozenset()
    platform: str = ""


class Source(msgspec.Struct, frozen=True):
    """A file that was read: its path and text."""

    file: str
    text: str


class Look(Protocol):
    """What a reader may ask about other files of the repository."""

    def read(self, path: str) -> str | None:
        """Return a file's text, or None when it is not there or not to be read."""

    def beside(self, file: str, name: str) -> str | None:
        """Return the path that `name` means in `file`, or None outside the repository."""

    def exists(self, path: str) -> bool:
        """Return whether a path is a file inside the repository."""


class Found:
    """What one file holds: references, builds of Dockerfiles, problems. Filled by its reader."""

    def __init__(self, file: str, bounds: Bounds) -> None:
        self.file = file
        self.bounds = bounds
        self.references: list[Reference] = []
        self.builds: list[Build] = []
        self.problems: list[Problem] = []
        self._seen: dict[tuple[int, str, str], dict[str | None, int]] = {}
        self._full = False
        self._expansions = 0

    def take(self, wanted: int) -> int:
        """Return how many of `wanted` combinations may be made: so many at once, so many in all."""
        left = self.bounds.expansions * _TURNS - self._expansions
        granted = max(min(wanted, self.bounds.expansions, left), 0)
        self._expansions += granted
        return granted

    def problem(self, line: int, message: str) -> None:
        """Note something that was not read, or not wholly; after so many, no more are told."""
        if len(self.problems) > MAX_PROBLEMS:
            return
        if len(self.problems) == MAX_PROBLEMS:
            message = "more problems in this file, which are not told"
        self.problems.append(Problem(place=Place(file=self.file, line=line), message=message))

    def image(self, raw: str, value: Value, where: str, line: int, platform: str = "") -> None:
        """Add a reference, once for each image it comes to; empty text names none.

        The same text may be looked at in several combinations. It is unresolved only if none of
        them resolves it.
        """
        if value.known and not value.text.strip():
            return
        self.add(
            Reference(
                raw=raw,
                resolved=value.text.strip() if value.known else None,
                where=where,
                place=Place(file=self.file, line=line),
                how=how_of(value),
                unresolved=unresolved_of(value, raw),
                platform=platform,
                given=value.given,
            )
        )

    def add(self, reference: Reference) -> None:
        """Add a complete reference by the same rule; what is no image name is a problem."""
        wrong = "" if reference.resolved is None else fault_of(reference.resolved)
        if wrong:
            self.problem(reference.place.line, f"{reference.where}: {wrong}")
            return
        key = (reference.place.line, reference.where, reference.raw)
        known = self._seen.setdefault(key, {})
        if reference.resolved in known or (reference.resolved is None and known):
            return
        if len(self.references) >= self.bounds.references:
            if not self._full:
                self.problem(
                    reference.place.line,
                    f"more than {self.bounds.references:,} references; the rest is left out",
                )
            self._full = True
            return
        if None in known:
            at = known.pop(None)
            known[reference.resolved] = at
            self.references[at] = reference
            return
        known[reference.resolved] = len(self.references)
        self.references.append(reference)


@functools.lru_cache(maxsize=4096)
def fault_of(text: str) -> str:
    """Return why a text is no image reference, or nothing."""
    try:
        parse_image(text)
    except BadInput as error:
        return error.what
    return ""


def _fresh(file: str) -> Found:
    return Found(file, Bounds())


class Reading(msgspec.Struct, frozen=True):
    """What a reader is given: the file, where to look for others, options, and what to fill.

    `others` gives what is to be filled for another file that the reader follows.
    """

    source: Source
    look: Look
    options: ScanOptions
    found: Found
    others: Callable[[str], Found] = _fresh


def how_of(value: Value) -> str:
    """Return how a text was resolved, in words, each origin once."""
    if value.fault:
        return value.fault
    ways = dict.fromkeys(given.how for given in value.given)
    if value.missing:
        ways.pop("", None)
        return "; ".join(ways)
    return "; ".join(ways) or "as written"


def unresolved_of(value: Value, raw: str) -> str:
    """Return the names of the variables that are missing, or the text that cannot be read."""
    if value.known:
        return ""
    return ", ".join(name for name in value.missing if name) or raw  # ${%x} has a variable, no name
