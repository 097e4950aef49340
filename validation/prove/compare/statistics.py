"""Whether runs of two images differ by more than chance. Pure; imports compare.record.

The criterion, for every figure that has noise:

    The runs of OLD and NEW differ when an exact two-sided Mann-Whitney test of their values gives
    a chance of at most CHANCE, and the medians are at least LEAST apart. Anything else is inside
    the noise, however good its ratio looks.

With three runs each, the least that says anything, only complete separation is as unlikely as
that: every run of one image better than every run of the other (2 of 20 orders). More runs allow
an outlier. The test looks at the order of values alone, so it needs no idea of how noise is
distributed, and one run that the machine disturbed weighs no more than any other.
Source: Mann & Whitney, Annals of Mathematical Statistics 18 (1947), 50-60.
"""

import math
from collections.abc import Sequence
from functools import cache
from statistics import median
from typing import Literal

from validation.prove.compare.record import Figure, Verdict

CHANCE = 0.10
"""How likely equal images may be to look different: one figure in ten, at most."""

LEAST = 0.02
"""Medians nearer than 2% are told as equal: nobody moves for that, and hosts drift by as much."""

FEWEST = 3
"""Runs of each image, below which no order of them is unlikely enough."""


@cache
def _orders(smaller: int, larger: int, wins: int) -> int:
    """Return in how many orders of two samples the one beats the other exactly `wins` times.

    The recurrence of Mann and Whitney: the largest value of all belongs to one or the other.
    """
    if wins < 0:
        return 0
    if smaller == 0 or larger == 0:
        return int(wins == 0)
    return _orders(smaller - 1, larger, wins - larger) + _orders(smaller, larger - 1, wins)


def chance_of(old: Sequence[float], new: Sequence[float]) -> float:
    """Return how likely equal images would give runs this far apart, 0 to 1 (two-sided, exact).

    A tie counts half, and the sum is rounded towards no difference.
    """
    wins = sum((a < b) + 0.5 * (a == b) for a in old for b in new)
    fewer = math.ceil(min(wins, len(old) * len(new) - wins))
    extreme = sum(_orders(len(old), len(new), count) for count in range(fewer + 1))
    return min(1.0, 2 * extreme / math.comb(len(old) + len(new), len(old)))


def make_figure(
    name: str,
    unit: str,
    better: Literal["higher", "lower"],
    old: Sequence[float],
    new: Sequence[float],
    *,
    exact: bool = False,
) -> Figure:
    """Return a figure with its medians, ratio and verdict; `exact` says that it has no noise."""
    old_median, new_median = _median(old), _median(new)
    ratio = new_median / old_median if old_median and new_median is not None else None
    few = min(len(old), len(new)) < FEWEST
    chance = None if exact or few else chance_of(old, new)
    return Figure(
        name=name,
        unit=unit,
        better=better,
        old=tuple(old),
        new=tuple(new),
        old_median=old_median,
        new_median=new_median,
        ratio=ratio,
        chance=chance,
        verdict=_verdict(better, ratio, chance, exact=exact),
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _verdict(
    better: Literal["higher", "lower"],
    ratio: float | None,
    chance: float | None,
    *,
    exact: bool,
) -> Verdict:
    if ratio is None or (chance is None and not exact):
        return "unknown"
    if exact and ratio == 1:
        return "same"
    if chance is not None and (chance > CHANCE or abs(ratio - 1) < LEAST):
        return "noise"
    return "better" if (ratio > 1) == (better == "higher") else "worse"
