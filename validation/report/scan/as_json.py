"""A scan for a program: the JSON that the issue fixed. Pure; imports watch only."""

from typing import Any

import msgspec

from validation.watch.bases import Base
from validation.watch.nouns import Evidence, Finding, Reference
from validation.watch.result import Result
from validation.watch.ways import Replacement


def format_json(result: Result) -> str:
    """Return the result as JSON, keys in a fixed order; the same result gives the same bytes."""
    table = {
        "today": result.today,
        "next_review": result.next_review,
        "bases": [_base(base) for base in result.bases],
        "findings": [finding_table(each) for each in result.findings],
        "unresolved": [_unresolved(each) for each in result.unresolved],
        "suppressed": [
            {
                **finding_table(each.finding),
                "because": each.because,
                "until": each.until,
            }
            for each in result.suppressed
        ],
        "offline": result.offline,
        "not_reached": result.silent,
    }
    return msgspec.json.format(msgspec.json.encode(table), indent=2).decode()


def finding_table(each: Finding) -> dict[str, Any]:
    """Return a finding with the six keys that it always has."""
    return {
        "rule": each.rule,
        "level": each.level,
        "file": each.file,
        "line": each.line,
        "message": each.message,
        "fix": each.fix,
    }


def _base(base: Base) -> dict[str, Any]:
    verdict = base.verdict
    return {
        "reference": base.reference,
        "resolved_from": [_place(used) for used in base.used if used.place.file],
        "verdict": verdict.headline,
        "support": verdict.support,
        "deletion": verdict.deletion,
        "served": verdict.served,
        "flagged": verdict.flagged,
        "eol": verdict.eol,
        "deletion_estimate": verdict.deletion_estimate,
        "days_left": verdict.days_left,
        "confidence": verdict.confidence,
        "evidence": [_evidence(each) for each in verdict.evidence],
        "conflicts": verdict.conflicts,
        "replacement": _replacement(base),
    }


def _place(used: Reference) -> dict[str, Any]:
    return {
        "file": used.place.file,
        "line": used.place.line,
        "where": used.where,
        "raw": used.raw,
        "how": used.how,
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    return {
        "signal": each.signal,
        "says": each.says,
        "date": each.date,
        "source": each.source,
        "as_of": each.as_of,
        "age_days": each.age_days,
    }


def _replacement(base: Base) -> dict[str, Any] | None:
    """Return the best way out with all others beside it; None where there is none.

    `patch` is a unified diff to `patch_to`, "" where no line says the base plainly; `patch_leaves`
    is what moves along and is not in it.
    """
    found, patch = base.replacements, base.patch
    best = found.best
    if best is None:
        return None
    rest = [way for way in (*found.tags, *found.others) if way is not best]
    return {
        **_way(best),
        "patch": patch.text if patch else "",
        "patch_to": [way.reference for way in patch.ways] if patch else (),
        "patch_leaves": patch.left if patch else (),
        "others": [_way(way) for way in rest],
    }


def _way(way: Replacement) -> dict[str, Any]:
    return {
        "way": way.way,
        "reference": way.reference,
        "verdict": way.verdict.headline,
        "eol": way.verdict.eol,
        "moves": [{"axis": move.axis, "old": move.old, "new": move.new} for move in way.moves],
        "pair": way.pair,
        "requirements": way.requirements,
        "index": way.index,
        "driver": way.driver,
        "why": way.why,
        "unproven": way.unproven,
    }


def _unresolved(each: Reference) -> dict[str, Any]:
    return {
        "file": each.place.file,
        "line": each.place.line,
        "where": each.where,
        "raw": each.raw,
        "variable": each.unresolved,
    }
