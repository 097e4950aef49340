"""How each image stands: the verdict on its base, whether it is accepted, and the way out.

Pure; imports watch, model and the report's records.
"""

from collections.abc import Mapping, Sequence

from validation.model import Image
from validation.report.matrix.records import Standing, Step, Urgency, Way, WayOut
from validation.watch.bases import Base
from validation.watch.names import parse_image
from validation.watch.nouns import Headline
from validation.watch.references.own_matrix import installs_of
from validation.watch.result import Result
from validation.watch.suppress import Suppressed
from validation.watch.telling import MEANING, reasons, way_out
from validation.watch.verdict import LEVELS
from validation.watch.ways import RANKS, Replacement

_STAY: frozenset[Headline] = frozenset({"current"})
_DECIDE: frozenset[Headline] = frozenset({"disputed", "unknown"})
_ORDER: dict[Urgency, int] = {"move": 0, "decide": 1, "accepted": 2, "stay": 3}


def standings_of(images: Sequence[Image], result: Result) -> dict[str, Standing]:
    """Return the standing of every image with a public base, by image id.

    `result` is a scan of the matrix: its bases were judged for what each image installs.
    """
    accepted = {
        (each.finding.line, _subject(each)): each
        for each in result.suppressed
        if each.finding.rule.startswith("base-")
    }
    known = {}
    for base in result.bases:
        for used in base.used:
            found = accepted.get((used.place.line, base.reference))
            known[used.resolved, used.installs] = _standing(base, found, result)
    keys = {image.id: (image.base, installs_of(image)) for image in images}
    return {name: known[key] for name, key in keys.items() if key in known}


def _subject(each: Suppressed) -> str:
    """Return the base that a verdict's finding is about: its message begins with it."""
    reference, found, _ = each.finding.message.partition(f" is {each.finding.rule[5:]}: ")
    return reference if found else ""


def urgency_of(headline: Headline, accepted: Suppressed | None) -> Urgency:
    """Return what a headline asks for before the next review."""
    if headline in _STAY:
        return "stay"
    if accepted is not None:
        return "accepted"
    return "decide" if headline in _DECIDE else "move"


def worst(urgencies: Sequence[Urgency]) -> Urgency:
    """Return the most urgent of several; stay where there are none."""
    return min(urgencies, key=_ORDER.__getitem__, default="stay")


def _standing(base: Base, accepted: Suppressed | None, result: Result) -> Standing:
    verdict = base.verdict
    best = base.replacements.best
    return Standing(
        urgency=urgency_of(verdict.headline, accepted),
        headline=verdict.headline,
        level=LEVELS.get(verdict.headline),
        meaning=MEANING[verdict.headline],
        days_left=verdict.days_left,
        eol=verdict.eol,
        deletion_estimate=verdict.deletion_estimate,
        confidence=verdict.confidence,
        reasons=tuple(
            f"{each.signal}: {each.says} ({each.source})"
            for each in reasons(verdict, result.next_review)
        ),
        conflicts=verdict.conflicts,
        way_out=_way_out(best) if best else None,
        no_way_out="" if best else base.replacements.because,
        accepted_because=accepted.because if accepted else "",
        accepted_until=accepted.until if accepted else None,
    )


def _way_out(best: Replacement) -> WayOut:
    moves = ", ".join(f"{move.axis} {move.old} → {move.new}" for move in best.moves)
    return WayOut(
        reference=parse_image(best.reference).familiar,
        headline=best.verdict.headline,
        moves=best.pair or moves,
        driver=best.driver,
        advice=way_out(best),
    )


def steps_of(images: Sequence[Image], standings: Mapping[str, Standing]) -> tuple[Step, ...]:
    """Return what to do, most pressing first: every base that is not simply current.

    Of two bases the one with the worse verdict comes first, then the one with fewer days left.
    """
    groups: dict[tuple[str, Urgency], list[Image]] = {}
    for image in images:
        standing = standings.get(image.id)
        if image.base and standing and standing.urgency != "stay":
            groups.setdefault((image.base, standing.urgency), []).append(image)
    steps = [
        Step(
            base=parse_image(base).familiar,
            standing=standings[on[0].id],
            images=tuple(image.id for image in on),
            ways=_ways(on, standings),
        )
        for (base, _), on in groups.items()
    ]
    return tuple(sorted(steps, key=_pressing))


def _ways(images: Sequence[Image], standings: Mapping[str, Standing]) -> tuple[Way, ...]:
    groups: dict[tuple[WayOut | None, str], list[str]] = {}
    for image in images:
        standing = standings[image.id]
        groups.setdefault((standing.way_out, standing.no_way_out), []).append(image.id)
    return tuple(
        Way(way_out=way, instead=instead, images=tuple(ids))
        for (way, instead), ids in groups.items()
    )


def _pressing(step: Step) -> tuple[int, int, int, str]:
    standing = step.standing
    left = standing.days_left if standing.days_left is not None else 1_000_000
    return _ORDER[standing.urgency], -RANKS.index(standing.headline), left, step.base
