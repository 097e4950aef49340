"""What must not differ between two images, and by how much it may. Pure.

Imports compare.record and prove.receipt.
"""

from collections.abc import Sequence
from statistics import median

from validation.prove.compare.record import Agreement, Carried, Gap, Learning, Tolerance

TOLERANCE = Tolerance(absolute=1e-4, relative=1e-5, validation=1e-3)
"""The trainer's own parity tolerance (trainer/parity.py, derived and observed there: another order
of float32 sums gives 2e-6, a changed weight 1e-3 and more) holds between torch versions too: they
choose other kernels, which add in other orders. Seen from torch 2.2.2 to 2.13: 2e-6 on the CPU, and
3e-6 from a CPU to an H200. `validation` is a mean over 1,024 examples that are synthesised anew:
2e-7 was seen from NumPy 1.26 to 2.4; a GPU's TF32 convolutions round at 2^-11 = 5e-4."""

WORST = 1.5
"""NEW's median error may be this many times OLD's. Another torch rounds otherwise, and training
multiplies that into another network of the same quality: three seeds were seen to lie within a
tenth of each other, the same seed in two versions within a hundredth. What does not learn stays at
the error of guessing, forty times as much after a whole training."""


def gap_problem(gaps: Sequence[Gap], tolerance: Tolerance) -> str:
    """Return what is beyond the tolerance, or an empty string; nothing compared is a problem."""
    if not gaps:
        return "no outputs were compared"
    bad = [gap for gap in gaps if not _within(gap, tolerance)]
    if not bad:
        return ""
    worst = max(bad, key=_size)
    others = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    return f"{format_gap(worst)}{others}; allowed {format_tolerance(tolerance)}"


def worst_gap(gaps: Sequence[Gap]) -> Gap | None:
    """Return the largest gap, None where nothing was compared."""
    return max(gaps, key=_size, default=None)


def format_gap(gap: Gap) -> str:
    """Return a gap in words; the largest of several being none means that all are equal."""
    where = f"{gap.output}, batch of {gap.batch}"
    if gap.absolute is None or gap.relative is None:
        return f"{where}: not finite, or of another shape"
    if gap.absolute == 0:
        return "bitwise equal"
    return f"{where}: absolute {gap.absolute:.1e}, relative {gap.relative:.1e}"


def format_tolerance(tolerance: Tolerance) -> str:
    """Return a tolerance in words."""
    return f"absolute {tolerance.absolute:.0e}, relative {tolerance.relative:.0e}"


def carried_gaps(carried: Carried) -> tuple[Gap, ...]:
    """Return the gaps of all devices."""
    return tuple(gap for gaps in carried.gaps.values() for gap in gaps)


def resume_problem(carried: Carried, expected: float, tolerance: Tolerance) -> str:
    """Return why training would not go on from a checkpoint as it was left, or an empty string.

    `expected` is the validation loss, in nats, that the checkpoint's own image measured last.
    """
    if not carried.restores:
        return "the optimiser does not take its state"
    if carried.validation is None:
        return "the validation loss is not finite"
    off = abs(carried.validation - expected)
    if off <= tolerance.validation:
        return ""
    return (
        f"validation loss {carried.validation:.5f} where it was {expected:.5f} nats: "
        f"off by {off:.1e}, allowed {tolerance.validation:.0e}"
    )


def learning_problem(old: Sequence[Learning], new: Sequence[Learning]) -> str:
    """Return how much worse NEW learns than it may, or an empty string."""
    ratio = learning_ratio(old, new)
    return "" if ratio <= WORST else f"{format_learning(old, new)}; allowed {WORST:g}"


def learning_ratio(old: Sequence[Learning], new: Sequence[Learning]) -> float:
    """Return NEW's median error at the end over OLD's."""
    return median(run.error_last for run in new) / median(run.error_last for run in old)


def format_learning(old: Sequence[Learning], new: Sequence[Learning]) -> str:
    """Return what both learned, in words."""
    left = median(run.error_last for run in old)
    right = median(run.error_last for run in new)
    return f"mean error {left:.1f} m and {right:.1f} m at the end, ratio {right / left:.2f}"


def agreement_problem(agreement: Agreement, tolerance: Tolerance) -> str:
    """Return what is wrong between a model and its reference, or an empty string."""
    problem = gap_problem(agreement.gaps, tolerance)
    return f"{agreement.model} against {agreement.reference}: {problem}" if problem else ""


def _within(gap: Gap, tolerance: Tolerance) -> bool:
    return (
        gap.absolute is not None
        and gap.relative is not None
        and gap.absolute <= tolerance.absolute
        and gap.relative <= tolerance.relative
    )


def _size(gap: Gap) -> tuple[bool, float]:
    missing = gap.absolute is None or gap.relative is None
    return missing, gap.absolute or 0.0
