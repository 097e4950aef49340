"""Which sources disagree: one sentence for each pair, both sides and their dates named.

Pure; imports answers, signals and nouns only.
"""

import datetime
from itertools import combinations

from validation.watch.answers import Answers, disputes, newest_list
from validation.watch.nouns import Evidence
from validation.watch.signals.statement import Statement


def conflicts_of(
    statements: tuple[Statement, ...], answers: Answers, today: datetime.date
) -> tuple[str, ...]:
    """Return the disagreements among the statements about one base."""
    return (
        *_ended_yet_listed(statements, today),
        *_lists(statements),
        *_deletions(statements),
        *_driver_sources(statements),
        *_flags(statements, answers, today),
        *_registry(statements, answers, today),
    )


def _side(told: Evidence) -> str:
    return f"{told.says} ({told.source}, {told.as_of})"


def _against(one: Evidence, other: Evidence) -> str:
    return f"{_side(one)}; but {_side(other)}"


def _ended_yet_listed(statements: tuple[Statement, ...], today: datetime.date) -> list[str]:
    listed = newest_list(statements)
    return [
        _against(each.evidence, listed.evidence)
        for each in statements
        if listed is not None
        and each.topic not in {"list", "folder", "os"}
        and each.passed(today)
        and disputes(listed, each)
    ]


def _lists(statements: tuple[Statement, ...]) -> list[str]:
    """Return what contradicts the newest list that supports the tag; a later no is no conflict."""
    said = [each for each in statements if each.topic in {"list", "folder"}]
    named = next((each for each in said if each.answer == "yes"), None)
    return [
        _against(named.evidence, each.evidence)
        for each in said
        if named is not None and each.answer == "no" and each.evidence.as_of <= named.evidence.as_of
    ]


def _deletions(statements: tuple[Statement, ...]) -> list[str]:
    """Return where the chart's estimate of the deletion is not the policy's earliest."""
    policy = [each for each in statements if each.deletion and each.topic != "chart"]
    if not policy:
        return []
    first = min(policy, key=lambda each: each.deletion or datetime.date.max)
    return [
        f"policy puts the deletion at {first.deletion} ({first.evidence.source}), "
        f"the chart at {each.deletion} ({each.evidence.source})"
        for each in statements
        if each.topic == "chart" and each.deletion != first.deletion
    ]


def _driver_sources(statements: tuple[Statement, ...]) -> list[str]:
    said = [each for each in statements if each.topic == "driver" and each.end]
    return [
        f"the driver branch ends {one.end} by {one.evidence.source} ({one.evidence.as_of}), "
        f"{other.end} by {other.evidence.source} ({other.evidence.as_of})"
        for one, other in combinations(said, 2)
        if one.end != other.end
    ]


def _flags(statements: tuple[Statement, ...], answers: Answers, today: datetime.date) -> list[str]:
    said = [each for each in statements if each.topic == "flag"]
    found = [
        _against(one.evidence, other.evidence)
        for one, other in combinations(said, 2)
        if one.answer != other.answer
    ]
    if answers.flagged == "yes" and not any(each.passed(today) for each in statements):
        found.append(f"{_side(said[-1].evidence)}; but no other signal has ended it")
    return found


def _registry(
    statements: tuple[Statement, ...], answers: Answers, today: datetime.date
) -> list[str]:
    asked = next((each for each in statements if each.topic == "registry"), None)
    if asked is None or answers.served != "yes":
        return []
    found = []
    if answers.published == "no":
        lists = next(each for each in statements if each.topic == "published")
        found.append(_against(lists.evidence, asked.evidence))
    if answers.deletion == "overdue":
        late = (today - (answers.deletion_estimate or today)).days
        found.append(
            f"by estimate it was to be deleted {answers.deletion_estimate}, {late} days ago; "
            f"but {_side(asked.evidence)}"
        )
    return found
