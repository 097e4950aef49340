"""Judge one base image: every signal's evidence, four independent answers, one headline.

Pure; imports signals, answers, conflicts, schedule, facts, model and errors. Today, the registry's
answer and the schedule are passed in. `judge` is a function of its arguments: identical ones give
an identical verdict, and it is remembered.
"""

import datetime
from functools import lru_cache

import msgspec

from validation.facts.load import Facts
from validation.model import OsSupport, Schedule
from validation.watch.answers import Answers, answers_of, newest_list, unlisted
from validation.watch.conflicts import conflicts_of
from validation.watch.nouns import Confidence, Evidence, Headline, Level, RegistryAnswer, Verdict
from validation.watch.schedule import CALENDAR_QUARTERS, next_review
from validation.watch.signals import SIGNALS
from validation.watch.signals.distribution import distribution
from validation.watch.signals.registry import registry as registry_signal
from validation.watch.signals.statement import Statement
from validation.watch.signals.subject import KEPT, Subject, subject_of

LEVELS: dict[Headline, Level] = {
    "gone": "error",
    "unpublished": "error",
    "disputed": "warning",
    "overdue": "error",
    "deletion-due": "warning",
    "flagged": "error",
    "eol": "warning",
    "superseded": "warning",
    "eol-due": "warning",
    "unknown": "note",
}
"""How loud each headline is, in the order in which the first that applies is taken; `current`,
the last, is no finding."""


def judge(
    reference: str,
    facts: Facts,
    registry: RegistryAnswer | None,
    today: datetime.date,
    schedule: Schedule | None = None,
    *,
    os_support: OsSupport = "standard",
) -> Verdict:
    """Return the verdict on an image reference as of `today`.

    `registry` is what the registry said of it today (None: not asked, offline); `schedule` gives
    the next review (None: calendar quarters); `os_support` says which end of a distribution
    counts. Raises `BadInput` for text that is no image reference.
    """
    review = next_review(schedule or CALENDAR_QUARTERS, today)
    if registry is not None:
        subject = subject_of(reference)
        return _verdict(subject, facts, registry, today, review, os_support=os_support)
    return _offline(reference, facts, today, review, os_support)


@lru_cache(maxsize=KEPT)
def _offline(
    reference: str,
    facts: Facts,
    today: datetime.date,
    review: datetime.date,
    os_support: OsSupport,
) -> Verdict:
    return _verdict(subject_of(reference), facts, None, today, review, os_support=os_support)


def _verdict(
    subject: Subject,
    facts: Facts,
    registry: RegistryAnswer | None,
    today: datetime.date,
    review: datetime.date,
    *,
    os_support: OsSupport,
) -> Verdict:
    statements = statements_of(subject, facts, os_support)
    if registry is not None:
        asked_on = today.isoformat()
        statements += registry_signal(subject, registry, facts, os_support, asked_on)
    telling = _telling(statements, registry)
    answers = answers_of(telling, registry, today, review)
    headline = headline_of(answers)
    return Verdict(
        headline=headline,
        support=answers.support,
        deletion=answers.deletion,
        served=answers.served,
        flagged=answers.flagged,
        eol=answers.eol,
        deletion_estimate=answers.deletion_estimate,
        days_left=_days_left(answers, today),
        confidence=_confidence(headline, telling, answers, today),
        evidence=tuple(_aged(each.evidence, today) for each in statements),
        conflicts=conflicts_of(telling, answers, today),
    )


@lru_cache(maxsize=KEPT)
def statements_of(
    subject: Subject, facts: Facts, os_support: OsSupport = "standard"
) -> tuple[Statement, ...]:
    """Return what every signal says of a base by the facts alone, whatever the day."""
    told = [statement for signal in SIGNALS for statement in signal(subject, facts)]
    return (*told, *distribution(subject, facts, os_support))


def _telling(
    statements: tuple[Statement, ...], registry: RegistryAnswer | None
) -> tuple[Statement, ...]:
    """Return the statements that answer: of a tag that never was, only that it was not.

    What is known of its version stays in the evidence. A tag that the registry serves exists,
    whatever the lists say.
    """
    never = any(each.topic == "published" and each.answer == "no" for each in statements)
    if not never or (registry is not None and registry.exists == "yes"):
        return statements
    return tuple(each for each in statements if each.topic in {"published", "registry"})


def headline_of(answers: Answers) -> Headline:
    """Return the first headline that applies; a date alone never makes one gone."""
    applying: tuple[tuple[Headline, bool], ...] = (
        ("gone", answers.served == "no" and answers.known),
        ("unpublished", answers.served == "no"),
        ("unpublished", answers.published == "no" and answers.served != "yes"),
        ("disputed", answers.disputed),
        ("overdue", answers.deletion == "overdue"),
        ("deletion-due", answers.deletion == "due"),
        ("flagged", answers.flagged == "yes"),
        ("eol", answers.support == "eol"),
        ("superseded", answers.support == "superseded"),
        ("eol-due", answers.support == "eol-due"),
        ("unknown", answers.support == "unknown"),
    )
    return next((headline for headline, applies in applying if applies), "current")


def _days_left(answers: Answers, today: datetime.date) -> int | None:
    """Return the days to the end of support, or once that has passed to the deletion."""
    if answers.eol is not None and answers.eol > today:
        return (answers.eol - today).days
    matters = answers.deletion_estimate or answers.eol
    return (matters - today).days if matters else None


@lru_cache(maxsize=KEPT)
def _aged(told: Evidence, today: datetime.date) -> Evidence:
    read = datetime.date.fromisoformat(told.as_of)
    return msgspec.structs.replace(told, age_days=(today - read).days)


def _confidence(
    headline: Headline, statements: tuple[Statement, ...], answers: Answers, today: datetime.date
) -> Confidence:
    """Return how sure the headline is.

    high: the registry itself said so, or two independent signals that nothing was inferred for
    agree and none contradicts them. low: it is not known or disputed, it rests on inferred dates
    or branches alone, or sources are on both sides of today. medium: everything else, such as one
    signal alone, or a base that is current by the facts only.
    """
    if headline in {"unknown", "disputed"}:
        return "low"
    if headline in {"gone", "unpublished"}:
        return "high" if answers.served == "no" else "medium"
    if headline in {"current", "eol-due"}:
        return "high" if headline == "current" and answers.served == "yes" else "medium"
    return _confidence_after_the_end(statements, answers, today)


def _confidence_after_the_end(
    statements: tuple[Statement, ...], answers: Answers, today: datetime.date
) -> Confidence:
    passed = [each for each in statements if each.passed(today)]
    dropped = unlisted(statements, today)
    words = {each.topic for each in passed if each.firm}
    words |= {"list"} if dropped else set()
    words |= {"flag"} if answers.flagged == "yes" else set()
    words -= {"driver"} if _straddled(statements, today) else set()
    if not words:
        return "low"
    listed = newest_list(statements)
    contradicted = listed is not None and listed.answer == "yes"
    return "high" if len(words) > 1 and not contradicted else "medium"


def _straddled(statements: tuple[Statement, ...], today: datetime.date) -> bool:
    """Return True when sources put the end of the same branch on both sides of today."""
    ends = [each.passed(today) for each in statements if each.topic == "driver" and each.end]
    return len(set(ends)) > 1
