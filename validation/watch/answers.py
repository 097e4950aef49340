"""Statements → the four independent answers: support, deletion, served, flagged.

Pure; imports signals and nouns only. Every rule is told in its function's docstring.
"""

import datetime
from collections.abc import Iterable

from validation.model import Record
from validation.watch.nouns import Deletion, RegistryAnswer, Support, YesNo
from validation.watch.signals.statement import Statement, Topic

SHARED: frozenset[Topic] = frozenset({"driver", "majors", "os"})
"""Ends that a newer patch of the same major.minor has too: moving to it mends nothing."""

DISPUTABLE: frozenset[Topic] = frozenset({"driver", "majors"})
"""Rules of the policy that the publisher's own lists do not follow in practice."""


class Answers(Record, frozen=True, kw_only=True):
    """What all statements about one base come to on a day, before the headline.

    The headline needs more: `published` (does the tag exist, by the facts?), `known` (did it or
    another tag of its version ever?) and `disputed`. `eol` and `deletion_estimate` are the
    earliest that any signal names.
    """

    support: Support
    deletion: Deletion
    served: YesNo
    flagged: YesNo
    published: YesNo
    known: bool
    disputed: bool
    eol: datetime.date | None
    deletion_estimate: datetime.date | None


def answers_of(
    statements: tuple[Statement, ...],
    registry: RegistryAnswer | None,
    today: datetime.date,
    next_review: datetime.date,
) -> Answers:
    """Return the four answers and what the headline needs beside them."""
    flagged = _flagged(statements)
    estimate = min((each.deletion for each in statements if each.deletion), default=None)
    published = next((each.answer for each in statements if each.topic == "published"), None)
    return Answers(
        support=_support(statements, today, next_review),
        deletion=_deletion(statements, estimate, today, next_review),
        served=registry.exists if registry else "unknown",
        flagged=flagged,
        published=published or "unknown",
        known=published == "yes" or any(each.topic == "folder" for each in statements),
        disputed=flagged != "yes" and _disputed(statements, today),
        eol=min((each.end for each in statements if each.end), default=None),
        deletion_estimate=estimate,
    )


def newest_list(statements: Iterable[Statement]) -> Statement | None:
    """Return what the newest list says of the tag; None where none names it.

    Where lists of the same day say both, neither counts.
    """
    listed = [each for each in statements if each.topic == "list"]
    newest = max((each.evidence.as_of for each in listed), default="")
    said = [each for each in listed if each.evidence.as_of == newest]
    return said[0] if len({each.answer for each in said}) == 1 else None


def unlisted(statements: Iterable[Statement], today: datetime.date) -> Statement | None:
    """Return the publisher's undated word that a tag is no longer supported, or None.

    That is the newest list's; the end-of-life folder speaks where no list names the tag. It
    counts from the day on which it was read.
    """
    statements = [each for each in statements if each.evidence.as_of <= today.isoformat()]
    if any(each.topic == "list" for each in statements):
        found = newest_list(statements)
    else:
        found = next((each for each in statements if each.topic == "folder"), None)
    return found if found is not None and found.answer == "no" else None


def disputes(listed: Statement | None, end: Statement) -> bool:
    """Return True when a supported list contradicts an end: it must not be older than the end."""
    if listed is None or listed.answer != "yes":
        return False
    return end.end is None or end.end.isoformat() <= listed.evidence.as_of


def _disputed(statements: tuple[Statement, ...], today: datetime.date) -> bool:
    """Return True when only disputable rules have ended the base, and the newest list says no.

    A list from before an end cannot contradict it: 12.2.2 stands in the list of May 2026 and its
    branch ended in June. The image's own flag is the publisher's word too: it ends the dispute.
    """
    passed = [each for each in statements if each.passed(today)]
    listed = newest_list(statements)
    return bool(passed) and all(
        each.topic in DISPUTABLE and disputes(listed, each) for each in passed
    )


def _support(
    statements: tuple[Statement, ...], today: datetime.date, next_review: datetime.date
) -> Support:
    """Return the support answer.

    eol: an end has passed that a newer patch would share (driver branch, majors, OS), or one that
    no rule explains. superseded: a newer patch image is what ended it, so that moving to it mends
    it; the chart's rows and the lists' omissions then only repeat it. eol-due: the first end
    falls before the next review. unknown: something is not known that could have ended it.
    current: nothing of all this, and an end is known that is still to come.
    """
    passed = {each.topic for each in statements if each.passed(today)}
    if passed & SHARED:
        return "eol"
    if "superseded" in passed:
        return "superseded"
    if passed or unlisted(statements, today):
        return "eol"
    ends = [each.end for each in statements if each.end]
    if ends and min(ends) < next_review:
        return "eol-due"
    if not ends or any(each.gap or each.over for each in statements):
        return "unknown"
    return "current"


def _deletion(
    statements: tuple[Statement, ...],
    estimate: datetime.date | None,
    today: datetime.date,
    next_review: datetime.date,
) -> Deletion:
    """Return the deletion answer, from the earliest estimate of policy and chart.

    On the estimated day itself it is due, from the next day on overdue. none needs an estimate
    after the next review and nothing unknown that could bring it forward: a gap, an end whose
    day is not known, a list that dropped the tag. Nothing is published about the deletion of
    other images than nvidia/cuda: unknown.
    """
    if estimate is None:
        return "unknown"
    if estimate < today:
        return "overdue"
    if estimate < next_review:
        return "due"
    loose = any((each.gap and each.topic != "os") or each.over for each in statements)
    return "unknown" if loose or unlisted(statements, today) else "none"


def _flagged(statements: tuple[Statement, ...]) -> YesNo:
    """Return whether the flag is set; the last to speak is the registry, which read the config."""
    said = [each.answer for each in statements if each.topic == "flag" and each.answer]
    return said[-1] if said else "unknown"
