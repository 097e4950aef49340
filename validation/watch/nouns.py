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


class Place(Record, frozen=True, kw_only=True):
    """A line in a file of the scanned repository; `file` is relative to its root, POSIX style."""

    file: str
    line: int


class Reference(Record, frozen=True, kw_only=True):
    """An image reference as a file spells it and as it resolves.

    `raw` is the file's text ("nvidia/cuda:${CUDA}-base"); `resolved` is the complete reference
    ("nvidia/cuda:12.6.3-base-ubuntu22.04") or None, and then `unresolved` names what is missing
    ("CUDA"). `how` tells how it was resolved ("ARG CUDA default, line 1"). `where` is what kind
    of statement it stands in ("FROM", "COPY --from", "compose image", "matrix.yaml" …).
    `platform` is what `FROM --platform` says. `installs` are the requirements that the same file
    installs on top, as far as they are known ("torch==2.2.0", "python==3.11").
    """

    raw: str
    resolved: str | None
    where: str
    place: Place
    how: str = ""
    unresolved: str = ""
    platform: str = ""
    installs: tuple[str, ...] = ()


class Evidence(Record, frozen=True, kw_only=True):
    """One signal's statement about one base: what it says, from when, by which source.

    `signal` is policy, chart, list, flag, registry, driver or os. `date` is the date that the
    statement is about (an EOL, a publication); `as_of` is when the source was read.
    """

    signal: str
    says: str
    date: datetime.date | None = None
    source: str
    as_of: str


class Verdict(Record, frozen=True, kw_only=True):
    """What the signals add up to: four independent answers, a headline, and all the evidence.

    `days_left` counts to the nearest date that matters (EOL or estimated deletion); negative when
    it is past. `confidence` is high, medium or low. `conflicts` are sentences, one for each pair
    of sources that disagree.
    """

    headline: Headline
    support: Support
    deletion: Deletion
    served: YesNo
    flagged: YesNo
    eol: datetime.date | None = None
    deletion_estimate: datetime.date | None = None
    days_left: int | None = None
    confidence: Literal["high", "medium", "low"]
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
