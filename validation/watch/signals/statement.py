"""What a signal hands over: evidence for people, and what it amounts to for the verdict.

Pure; imports facts, nouns and model only.
"""

import datetime
from typing import Literal

import msgspec

from validation.facts.load import Facts
from validation.facts.records import Table
from validation.model import Record
from validation.watch.nouns import Evidence, YesNo
from validation.watch.schedule import months_after

Topic = Literal[
    "published", "superseded", "driver", "majors", "chart", "list", "folder", "flag",
    "os", "digest", "ngc", "registry", "unknown",
]  # fmt: skip
"""What a statement is about; finer than the evidence's signal: a policy has several rules."""

DELETED_AFTER = 6
"""Months from the end of a tag's support to its deletion: NVIDIA's support policy, rule 4."""


class Statement(Record, frozen=True, kw_only=True):
    """One signal's statement about one base.

    `end` is the day from which, by this signal alone, the base is not supported; `over` says that
    it is not and the day is unknown. `deletion` is the day on which it may be gone. `firm` is
    False for dates and branches that the facts infer. `gap` marks what the facts do not know and
    would have to, before a base can be called current. `answer` is what the topics published
    (does the tag exist?), list (is it named as supported?) and flag (is it set?) come to.
    """

    topic: Topic
    evidence: Evidence
    end: datetime.date | None = None
    over: bool = False
    deletion: datetime.date | None = None
    firm: bool = True
    gap: bool = False
    answer: YesNo | None = None

    def passed(self, today: datetime.date) -> bool:
        """Return True when by this signal the base is not supported today.

        An end without a day counts from the day on which its source was read.
        """
        if self.over:
            return self.evidence.as_of <= today.isoformat()
        return self.end is not None and self.end <= today


def evidence(
    signal: str, says: str, table: Table, source: str, date: datetime.date | None = None
) -> Evidence:
    """Return evidence from a table of facts, its source and that source's day named."""
    found = table.sources[source]
    return Evidence(signal=signal, says=says, date=date, source=found.title, as_of=found.as_of)


def by_policy(facts: Facts, told: Evidence) -> Evidence:
    """Return evidence that follows from a date by NVIDIA's policy: both are its source."""
    policy = facts.cuda_eol.sources[facts.cuda_eol.policy[0].source]
    return msgspec.structs.replace(
        told, source=f"{told.source}; {policy.title}", as_of=min(told.as_of, policy.as_of)
    )


def deletion_after(end: datetime.date) -> datetime.date:
    """Return when a tag is deleted that NVIDIA's policy ends on a day."""
    return months_after(end, DELETED_AFTER)


def latest_day(text: str) -> datetime.date:
    """Return a day, or the last of a month ("2026-04"): nothing counts as past too early."""
    if len(text) == len("2026-04"):
        first = datetime.date.fromisoformat(f"{text}-01")
        return months_after(first, 1) - datetime.timedelta(days=1)
    return datetime.date.fromisoformat(text)
