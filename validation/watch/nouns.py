"""The scanner's nouns: references, evidence, verdicts, findings. Imports model only."""

import datetime
from collections.abc import Mapping
from typing import Literal

from validation.model import Record

Support = Literal["current", "eol-due", "superseded", "eol", "unknown"]
Deletion = Literal["none", "due", "overdue", "unknown"]
YesNo = Literal["yes", "no", "unknown"]
Headline = Literal[
    "gone", "unpublished", "disputed", "overdue", "deletion-due",
    "flagged", "eol", "superseded", "eol-due", "unknown", "current",
]  # fmt: skip
Level = Literal["error", "warning", "note"]
Confidence = Literal["high", "medium", "low"]


class Place(Record, frozen=True, kw_only=True):
    """A line in a file of the scanned repository; `file` is relative to its root, POSIX style."""

    file: str
    line: int


class Given(Record, frozen=True, kw_only=True):
    """A value that a reference was resolved with: the variable, what it says and where it stands.

    `place` is where a person changes it: the ARG's line, the build arg in a compose file, the
    variable in .env. None when it was given on the command line or is the builder's own.
    """

    name: str
    value: str
    how: str
    place: Place | None = None


class Reference(Record, frozen=True, kw_only=True):
    """An image reference as a file spells it and as it resolves.

    `raw` is the file's text ("nvidia/cuda:${CUDA}-base"); `resolved` is the complete reference
    ("nvidia/cuda:12.6.3-base-ubuntu22.04") or None, and then `unresolved` names what is missing
    ("CUDA"). `how` tells how it was resolved ("ARG CUDA default, line 1"), `given` the values and
    where they stand, so that a fix can be made there. `where` is what kind of statement it stands
    in ("FROM", "COPY --from", "compose image", "matrix.yaml" …). `platform` is what
    `FROM --platform` says. `installs` are the requirements that the same file installs on top, as
    far as they are known ("torch==2.2.0+cu121", "python==3.11"), `indexes` the package indexes that
    it names for them, and `requirement_files` the files beside it that some of them stand in.
    """

    raw: str
    resolved: str | None
    where: str
    place: Place
    how: str = ""
    unresolved: str = ""
    platform: str = ""
    installs: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    indexes: tuple[str, ...] = ()
    requirement_files: tuple[str, ...] = ()


class Evidence(Record, frozen=True, kw_only=True):
    """One signal's statement about one base: what it says, from when, by which source.

    `signal` is policy, chart, list, flag, registry, driver or os. `date` is the date that the
    statement is about (an EOL, a publication); `as_of` is when the source was read, and
    `age_days` how long ago that was when the verdict was given.
    """

    signal: str
    says: str
    date: datetime.date | None = None
    source: str
    as_of: str
    age_days: int = 0


class Verdict(Record, frozen=True, kw_only=True):
    """What the signals add up to: four independent answers, a headline, and all the evidence.

    `eol` and `deletion_estimate` are the earliest that any signal names. `days_left` counts to
    the end of support or, once that has passed, to the estimated deletion; negative when all of it
    is past, None when nothing is known. `conflicts` are sentences, one for each pair of sources
    that disagree.
    """

    headline: Headline
    support: Support
    deletion: Deletion
    served: YesNo
    flagged: YesNo
    eol: datetime.date | None = None
    deletion_estimate: datetime.date | None = None
    days_left: int | None = None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    conflicts: tuple[str, ...] = ()


class RegistryAnswer(Record, frozen=True, kw_only=True):
    """What a registry said about one tag; built by `validation.net`, judged by `validation.watch`.

    `exists` is unknown when the registry was not asked or not reached, and `problem` says why.
    `environment` and `labels` come from the config blob; the image is never run.
    """

    exists: YesNo
    digest: str = ""
    created: datetime.date | None = None
    environment: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    problem: str = ""


class Finding(Record, frozen=True, kw_only=True):
    """One thing to act on: the rule that found it, where, what is wrong and what to do."""

    rule: str
    level: Level
    file: str
    line: int
    message: str
    fix: str = ""
