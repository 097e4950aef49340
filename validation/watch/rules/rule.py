"""What a rule is and what it is shown. Pure; imports bases, nouns, facts and model only."""

import datetime
import inspect
from collections.abc import Callable, Iterable

from validation.model import Record, Schedule
from validation.watch.bases import Base, Ground
from validation.watch.files import Problem
from validation.watch.nouns import Finding, Level, Place, Reference


class TextFile(Record, frozen=True, kw_only=True):
    """A file that rules read line by line: a Dockerfile, requirements, pip's settings."""

    file: str
    text: str


class Review(Record, frozen=True, kw_only=True):
    """The declared schedule, where it stands, and the day of the last recorded review."""

    schedule: Schedule
    place: Place
    recorded: datetime.date | None


class Scanned(Record, frozen=True, kw_only=True):
    """All that a scan knows when rules are asked.

    `references` are all that were found, resolved or not; `bases` are the resolved ones, judged.
    `flaws` are (place, message) of suppressions that do not say all that they must.
    """

    ground: Ground
    references: tuple[Reference, ...]
    bases: tuple[Base, ...]
    texts: tuple[TextFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    flaws: tuple[Problem, ...] = ()
    review: Review | None = None


class Rule(Record, frozen=True, kw_only=True):
    """One rule: a stable id, how loud it is, its documentation, and the check itself."""

    id: str
    level: Level
    documentation: str
    check: Callable[[Scanned], Iterable[Finding]]

    @property
    def title(self) -> str:
        """The documentation's first line, without its full stop."""
        return self.documentation.partition("\n")[0].rstrip(".")

    @property
    def text(self) -> str:
        """The documentation below its first line."""
        return self.documentation.partition("\n")[2].strip()


Seen = Iterable[tuple[Place, str, str]]
"""Where something was found, what is wrong, and what to do about it."""


def rule(
    name: str, level: Level, documentation: str | None, look: Callable[[Scanned], Seen]
) -> Rule:
    """Return a rule whose findings are what `look` sees."""

    def check(scanned: Scanned) -> Iterable[Finding]:
        for place, message, fix in look(scanned):
            yield Finding(
                rule=name, level=level, file=place.file, line=place.line, message=message, fix=fix
            )

    told = inspect.cleandoc(documentation or "")
    return Rule(id=name, level=level, documentation=told, check=check)
