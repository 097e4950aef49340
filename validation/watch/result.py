"""What a scan comes to; what formats take. Imports bases, nouns, suppress and model only."""

import datetime

from validation.model import Record
from validation.watch.bases import Base
from validation.watch.files import Problem
from validation.watch.nouns import Finding, Reference
from validation.watch.suppress import Suppressed


class Result(Record, frozen=True, kw_only=True):
    """A scan's result, complete: formats choose from it and add nothing.

    `offline` says that no registry was to be asked; `silent` are the registries that did not
    answer, each with why. `files` is the number of files that references were looked for in.
    """

    today: datetime.date
    next_review: datetime.date
    offline: bool
    bases: tuple[Base, ...]
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    unresolved: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    silent: tuple[str, ...] = ()
    files: int = 0
