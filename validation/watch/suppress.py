"""Suppressions: findings that are known, wanted for now, and not raised again until a day.

Pure; imports rules, nouns and model only. Two places hold them, and both must say why and until
when: `suppress:` in matrix.yaml, and a comment in the scanned file, on the finding's line or in
the comment lines directly above it:

    # imagewright: ignore[base-overdue] until 2027-03-31 because the legacy service ends in March

What lacks a reason or a day, names no rule, or is past its day suppresses nothing: it is found.
Neither does any of them for an image that a person names outright: who asks gets the answer.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from validation.model import Record, Suppression
from validation.watch.files import Problem
from validation.watch.nouns import Finding, Place

_MARK = re.compile(r"(?:#|//)\s*imagewright:\s*ignore\[(?P<rules>[^\]]*)\](?P<rest>.*)")
_REST = re.compile(r"\s+until\s+(?P<day>\d{4}-\d\d-\d\d)\s+because\s+(?P<why>\S.*)")
_COMMENT = re.compile(r"\s*(?:#|//)")


class Suppressed(Record, frozen=True, kw_only=True):
    """A finding that is not raised, the reason, and the day from which on it is."""

    finding: Finding
    because: str
    until: datetime.date


class Split(Record, frozen=True, kw_only=True):
    """Findings to raise, and those that are suppressed."""

    raised: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]


def comment_suppressions(
    file: str, text: str, rules: Iterable[str]
) -> tuple[tuple[Suppression, ...], tuple[Problem, ...]]:
    """Return the suppressions in a file's comments, each for one line, and the flawed ones."""
    known, found, flaws = frozenset(rules), [], []
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        match = _MARK.search(line)
        if match is None:
            continue
        names = [name.strip() for name in match["rules"].split(",")]
        rest = _REST.fullmatch(match["rest"].removesuffix("-->").rstrip())
        wrong = _wrong(names, known, rest)
        place = Place(file=file, line=number)
        if wrong or rest is None:
            flaws.append(Problem(place=place, message=f"this suppresses nothing: {wrong}"))
            continue
        target = _target(lines, number) if _COMMENT.match(line) else number
        found += [
            Suppression(
                rule=name,
                file=file,
                because=rest["why"],
                until=datetime.date.fromisoformat(rest["day"]),
                line=number,
                target=target,
            )
            for name in names
        ]
    return tuple(found), tuple(flaws)


def _wrong(names: list[str], known: frozenset[str], rest: re.Match[str] | None) -> str:
    strange = [name for name in names if name not in known]
    if strange:
        return f"there is no rule {strange[0]!r}"
    if rest is None:
        return "it must say until which day and because of what"
    try:
        datetime.date.fromisoformat(rest["day"])
    except ValueError:
        return f"there is no day {rest['day']}"
    return ""


def _target(lines: list[str], number: int) -> int:
    """Return the line that a comment stands above: the next that is no comment."""
    while number < len(lines) and _COMMENT.match(lines[number]):
        number += 1
    return number + 1


def expired(
    suppressions: Iterable[Suppression], today: datetime.date, matrix: str
) -> tuple[Problem, ...]:
    """Return those whose day has passed; on its own day one no longer holds."""
    return tuple(
        Problem(
            place=Place(file=each.file if each.target else matrix, line=each.line),
            message=f"the suppression of {each.rule} ended on {each.until}: {each.because}",
        )
        for each in suppressions
        if each.until <= today
    )


def split(
    findings: Iterable[Finding],
    suppressions: Iterable[Suppression],
    today: datetime.date,
    references: Mapping[tuple[str, int], tuple[str, ...]],
) -> Split:
    """Return findings by whether a suppression holds; `references` are those at each place."""
    holding = [each for each in suppressions if each.until > today]
    raised, quiet = [], []
    for finding in findings:
        at = references.get((finding.file, finding.line), ())
        by = next((each for each in holding if _covers(each, finding, at)), None)
        if by is None:
            raised.append(finding)
        else:
            quiet.append(Suppressed(finding=finding, because=by.because, until=by.until))
    return Split(raised=tuple(raised), suppressed=tuple(quiet))


def _covers(each: Suppression, finding: Finding, references: tuple[str, ...]) -> bool:
    """Return whether a suppression holds for a finding; what is named outright has no file."""
    if each.rule != finding.rule or finding.rule == "suppression" or finding.file in {"", "-"}:
        return False
    if each.target:
        return (each.file, each.target) == (finding.file, finding.line)
    named = not each.reference or any(fnmatchcase(name, each.reference) for name in references)
    return named and (not each.file or fnmatchcase(finding.file, each.file))
