"""A scan for a person: each base that is not current, why and what to do; then the rest.

Pure; imports watch only.
"""

import re

from validation.watch.bases import Base
from validation.watch.nouns import Finding, Level
from validation.watch.result import Result
from validation.watch.telling import MEANING, advice, not_reached, place_of, reasons, way_out
from validation.watch.verdict import LEVELS

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""What a scanned file may hold and a terminal would obey."""

MOST_PLACES = 5
"""Places that are told of one base or finding; the JSON has them all."""


def format_text(result: Result) -> str:
    """Return the result as text that ends with one line of counts."""
    raised = {(each.rule, each.file, each.line) for each in result.findings}
    told = [base for base in result.bases if _raised(base, raised)]
    parts = [_base(base, result) for base in told]
    parts += _others(result)
    parts.append(_suppressed(result))
    parts.append(_summary(result))
    return _CONTROL.sub("\ufffd", "\n\n".join(part for part in parts if part))


def _raised(base: Base, raised: set[tuple[str, str, int]]) -> bool:
    """Return True where any place of a base has its verdict's finding."""
    rule = f"base-{base.verdict.headline}"
    return any((rule, used.place.file, used.place.line) in raised for used in base.used)


def _base(base: Base, result: Result) -> str:
    verdict = base.verdict
    level = LEVELS[verdict.headline]
    days = _days(base)
    lines = [f"{level}: {base.reference}: {verdict.headline}: {MEANING[verdict.headline]}{days}"]
    places = dict.fromkeys(place_of(used) for used in base.used)
    lines += [f"  at {place}" for place in _shortened(list(places))]
    for each in reasons(verdict, result.next_review):
        lines.append(f"  {each.signal}: {each.says} [{each.source}, read {each.as_of}]")
    lines += [f"  conflict: {text}" for text in verdict.conflicts]
    silence = not_reached(verdict)
    lines += [f"  registry: {silence}"] if silence else []
    return "\n".join([*lines, *_ways(base)])


def _days(base: Base) -> str:
    left = base.verdict.days_left
    if left is None:
        return ""
    count = f"{abs(left):,} day" + ("" if abs(left) == 1 else "s")
    return f" ({count} left)" if left >= 0 else f" ({count} ago)"


def _ways(base: Base) -> list[str]:
    best = base.replacements.best
    if best is None:
        return [f"  → {advice(base)}"]
    others = (*base.replacements.tags, *base.replacements.others)
    rest = [way for way in others if way != best][:2]
    return [f"  → {way_out(best)}", *(f"    or {way_out(way)}" for way in rest)]


def _others(result: Result) -> list[str]:
    """Return the findings that are no base's verdict, equal ones with all their places."""
    verdicts = {f"base-{headline}" for headline in LEVELS}
    grouped: dict[tuple[Level, str, str, str], list[str]] = {}
    for each in result.findings:
        if each.rule not in verdicts:
            key = (each.level, each.rule, each.message, each.fix)
            grouped.setdefault(key, []).append(_place(each))
    order: dict[Level, int] = {"error": 0, "warning": 1, "note": 2}
    parts = []
    for (level, rule, message, fix), places in sorted(
        grouped.items(), key=lambda item: (order[item[0][0]], item[0][1], item[0][2])
    ):
        lines = [f"{level}: {message} [{rule}]"]
        lines += [f"  at {place}" for place in _shortened(list(dict.fromkeys(places)))]
        parts.append("\n".join([*lines, f"  → {fix}"] if fix else lines))
    return parts


def _place(finding: Finding) -> str:
    return f"{finding.file}:{finding.line}" if finding.file else "named on the command line"


def _shortened(places: list[str]) -> list[str]:
    rest = len(places) - MOST_PLACES
    return [*places[:MOST_PLACES], f"{rest} more"] if rest > 0 else places


def _suppressed(result: Result) -> str:
    return "\n".join(
        f"suppressed until {each.until}: {each.finding.rule} at {_place(each.finding)}:"
        f" {each.because}"
        for each in result.suppressed
    )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _summary(result: Result) -> str:
    counts = [
        _counted(sum(each.level == level for each in result.findings), level)
        for level in ("error", "warning", "note")
    ]
    current = sum(base.verdict.headline == "current" for base in result.bases)
    words = f"{_counted(len(result.bases), 'base')}, {current} current; {', '.join(counts)}"
    if result.unresolved:
        words += f"; {len(result.unresolved)} unresolved"
    words += f". Today {result.today}, next review {result.next_review}."
    ready = sum(base.patch is not None for base in result.bases)
    if ready:
        words += f" {_counted(ready, 'move')} as a diff: imagewright scan --patch FILE."
    if result.offline:
        words += " Offline: judged by the committed facts alone."
    for silent in result.silent:
        words += f"\nregistry not reached: {silent}; judged by the committed facts alone"
    return words
