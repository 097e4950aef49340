"""A plan for a person: the images in a table, then every combination that cannot be, and why.

Pure; imports report's table and the records.
"""

from collections.abc import Collection, Sequence

from validation.matrix.coverage import Lost
from validation.model import Image, Neighbour, Plan, Skip
from validation.report.table import format_table

_AXES = ("cuda", "torch", "torchvision", "torchaudio", "cupy", "numpy", "onnx", "onnxruntime")
_HEADER = ("image", "base", *_AXES, "locked", "default")
_DROPPABLE = ("numpy", "onnx", "torchaudio", "cupy", "torchvision", "onnxruntime", "torch", "cuda")
"""What a narrow terminal goes without, first one first; the JSON has it all."""


def format_plan(
    plan: Plan,
    locked: Collection[str],
    default: Collection[str],
    lost: Sequence[Lost],
    width: int | None,
) -> str:
    """Return the plan as text; `width` in columns (None: not a terminal, nothing is left out)."""
    rows = [_row(image, image.id in locked, image.id in default) for image in plan.images]
    parts = []
    if rows:
        wide = 10_000 if width is None else width
        parts.append(format_table(_HEADER, rows, width=wide, droppable=_DROPPABLE))
    parts.append(_counts(plan))
    parts += [_skip(skip) for skip in plan.skipped]
    if lost:
        parts.append("\n".join(f"in no image: {at.family} {at.axis} {at.value}" for at in lost))
    return "\n\n".join(parts)


def _row(image: Image, locked: bool, default: bool) -> Sequence[str]:  # noqa: FBT001  (two words of one row)
    values = [getattr(image, axis) or "" for axis in _AXES]
    words = ("yes" if locked else "no", "yes" if default else "")
    return (image.id, image.base or image.source, *values, *words)


def _counts(plan: Plan) -> str:
    images = f"{len(plan.images)} image" + ("" if len(plan.images) == 1 else "s")
    unknown = sum(skip.unknown for skip in plan.skipped)
    impossible = len(plan.skipped) - unknown
    words = [images]
    if impossible:
        words.append(f"{impossible} that cannot be")
    if unknown:
        words.append(f"{unknown} unknown")
    return ", ".join(words)


def _skip(skip: Skip) -> str:
    verdict = "unknown" if skip.unknown else "cannot be"
    lines = [f"{verdict}: {skip.id}"]
    for reason in skip.reasons:
        lines.append(f"  {reason.constraint}: {reason.message}")
        lines.append(f"    {reason.fact} [{reason.source}]")
    lines += [f"  nearest: {_moves(neighbour)}" for neighbour in skip.nearest]
    return "\n".join(lines)


def _moves(neighbour: Neighbour) -> str:
    return ", ".join(f"{move.axis} {move.old} → {move.new}" for move in neighbour.moves)
