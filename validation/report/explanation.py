"""An explanation as text for people and as JSON for programs.

Pure; imports the records. The JSON's keys are a contract: added to, never renamed or removed.
"""

from collections.abc import Iterable

import msgspec

from validation.matrix.explain import Choice, Explanation
from validation.model import Neighbour, Reason


def explanation_json(told: Explanation) -> str:
    """Return {"possible", "image"|null, "violations", "nearest", "verdict", "axes", "chosen"}."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def explanation_text(told: Explanation) -> str:
    """Return an explanation as lines: the verdict, then why, then what is nearest."""
    asked = " ".join(f"{axis}={value}" for axis, value in told.axes.items())
    lines = [f"{told.verdict}: {asked}"]
    if told.image is not None:
        lines += [f"image: {told.image.id}", *_chosen(told.chosen)]
    for reason in told.violations:
        lines += _reason(reason)
    if not told.possible:
        lines += _nearest(told.nearest)
    return "\n".join(lines)


def _chosen(chosen: Iterable[Choice]) -> list[str]:
    lines = ["", "chosen"]
    width = max((len(choice.axis) for choice in chosen), default=0)
    for choice in chosen:
        lines.append(f"  {choice.axis:<{width}}  {choice.value}")
        lines.append(f"  {'':<{width}}  {choice.why}")
    return lines


def _reason(reason: Reason) -> list[str]:
    doubt = " (not known)" if reason.unknown else ""
    return [
        "",
        f"{reason.constraint}{doubt}: {reason.message}",
        f"  fact:   {reason.fact}",
        f"  source: {reason.source}",
    ]


def _nearest(found: Iterable[Neighbour]) -> list[str]:
    lines = [
        f"  {number}. " + ", ".join(f"{move.axis} {move.old} → {move.new}" for move in near.moves)
        for number, near in enumerate(found, start=1)
    ]
    nothing = (
        "  none within a few moves: what stands in the way is not an axis, or too much at once"
    )
    return ["", "nearest possible", *(lines or [nothing])]
