"""A verdict in words: why, and what to do. Pure; imports bases, nouns and ways only."""

import datetime

from validation.watch.bases import Base
from validation.watch.nouns import Evidence, Reference, Verdict
from validation.watch.signals.registry import CONFIG_NOT_READ, NOT_REACHED
from validation.watch.ways import Replacement

MEANING = {
    "gone": "deleted: the registry no longer has it",
    "unpublished": "there is no such tag",
    "disputed": "ended by NVIDIA's policy, yet on NVIDIA's newest list of supported tags",
    "overdue": "may be deleted any day: the estimated date has passed",
    "deletion-due": "its estimated deletion falls before the next review",
    "flagged": "the image itself announces its end of life",
    "eol": "no longer supported",
    "superseded": "a later patch replaced it",
    "eol-due": "its support ends before the next review",
    "unknown": "nothing is known that settles it",
    "current": "supported beyond the next review",
}
"""Headlines in a reader's words."""


def reasons(verdict: Verdict, until: datetime.date) -> tuple[Evidence, ...]:
    """Return the evidence that leads to a headline: ends before `until`, the flag, the registry."""
    kind = verdict.headline
    if kind in {"gone", "unpublished"}:
        wanted = "registry" if verdict.served == "no" else "list"
        return tuple(each for each in verdict.evidence if each.signal == wanted)[:1]
    if kind in {"unknown", "current"}:
        return tuple(each for each in verdict.evidence if each.signal != "registry")
    return tuple(each for each in verdict.evidence if _ends(each, until) or _flags(each))


def _ends(told: Evidence, until: datetime.date) -> bool:
    dated = told.date is not None and told.date < until
    return dated and told.signal not in {"registry", "list"}


def _flags(told: Evidence) -> bool:
    return told.signal == "flag" and " sets " in told.says


def not_reached(verdict: Verdict) -> str:
    """Return what the registry's silence says, "" where it was not asked or answered in full."""
    told = (each.says for each in verdict.evidence if each.signal == "registry")
    return next((says for says in told if says.startswith((NOT_REACHED, CONFIG_NOT_READ))), "")


def message(base: Base, until: datetime.date) -> str:
    """Return one finding's message: the base, the headline, its reasons, the conflicts."""
    verdict = base.verdict
    words = [f"{base.reference} is {verdict.headline}: {MEANING[verdict.headline]}"]
    words += [f"{each.signal}: {each.says}" for each in reasons(verdict, until)]
    if verdict.headline == "disputed":
        words += verdict.conflicts
    silence = not_reached(verdict)
    return "; ".join([*words, silence] if silence else words)


def advice(base: Base) -> str:
    """Return what to do about a base in one line, "" where nothing is known."""
    best = base.replacements.best
    return way_out(best) if best else base.replacements.because


def way_out(way: Replacement) -> str:
    """Return a replacement in one line: the base, its verdict, and all that moves with it."""
    words = [f"use {way.reference} ({way.verdict.headline})"]
    if way.pair:
        words.append(way.pair)
    elif way.moves:
        words.append(", ".join(f"{move.axis} {move.old} → {move.new}" for move in way.moves))
    if way.driver:
        words.append(f"needs driver {way.driver} on the hosts first")
    if way.way == "wheels":
        words.append("CUDA then comes from torch's own wheels")
    if way.requirements:
        index = f" from {way.index}" if way.index else ""
        words.append(f"install {' '.join(way.requirements)}{index}")
    if way.unproven:
        words.append(f"not proven: {way.unproven[0]}")
    return "; ".join(words)


def place_of(reference: Reference) -> str:
    """Return where a reference stands, and how it was resolved unless it is just written there."""
    place = reference.place
    if not place.file:
        return "named on the command line"
    how = "" if reference.how in {"", "as written"} else f" ({reference.how})"
    return f"{place.file}:{place.line}{how}"
