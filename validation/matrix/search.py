"""Find the newest releases of what is installed that fit together.

Pure; imports facts and model only. A depth-first search over the open axes in their order, which
looks ahead to the last of them: NumPy, on which nearly all others put bounds. Every answer is kept
by the axes that it hangs on, so that a hundred thousand candidates share a few thousand searches.
"""

from collections.abc import Sequence
from typing import Any

from validation.matrix.check import Asked, Checks, Key, Values, key_of
from validation.matrix.choices import HANGS_ON, values_of
from validation.model import Record


class Found(Record, frozen=True, kw_only=True):
    """Values chosen for open axes (None: nothing is known to choose from), and whether they fit.

    `complete` is False where one of them is None.
    """

    values: dict[str, str | None]
    fits: bool
    complete: bool = True


class _Against:
    """How many reasons one constraint has against each value of an open axis."""

    def __init__(self, checks: Checks, axis: str, asked: Asked) -> None:
        self._axis, self._asked = axis, asked
        self._key = _key_of(checks, (asked,), (axis,))
        self._known: dict[Any, tuple[int, ...]] = {}

    def counts(self, values: Values, domain: Sequence[str]) -> tuple[int, ...]:
        """Return the counts, in the order of `domain`."""
        key = self._key(values)
        found = self._known.get(key)
        if found is None:
            reasons, axis = self._asked.reasons, self._axis
            found = tuple([len(reasons({**values, axis: value})) for value in domain])
            self._known[key] = found
        return found


class _Domain:
    """One open axis: the values that fit everything that is fixed, as far as it can be said."""

    def __init__(self, checks: Checks, axis: str, open_axes: Sequence[str]) -> None:
        self._facts, self._axis = checks.facts, axis
        asked = checks.touching({axis}, set(open_axes) - {axis})
        self._against = [_Against(checks, axis, each) for each in asked]

    def fitting(self, values: Values) -> tuple[tuple[str, ...], bool]:
        """Return the values with the fewest reasons against them, newest first; True for none."""
        domain = values_of(self._facts, self._axis, values)
        if not domain:
            return (), False
        counts = [against.counts(values, domain) for against in self._against]
        totals = [sum(of_value) for of_value in zip(*counts, strict=True)] or [0] * len(domain)
        least = min(totals)
        fitting = [value for value, total in zip(domain, totals, strict=True) if total == least]
        return tuple(fitting), not least


def _count(asked: Sequence[Asked], values: Values) -> int:
    return sum(len(each.reasons(values)) for each in asked)


def _key_of(checks: Checks, asked: Sequence[Asked], axes: Sequence[str]) -> Key:
    """Return what the choice of `axes` hangs on, among what varies at all."""
    needs = set().union(*(each.needs for each in asked), *(HANGS_ON.get(axis, ()) for axis in axes))
    return key_of((needs & checks.varying).difference(axes))


def apart(checks: Checks, axes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the open axes in groups that no constraint ties together, each in its order."""
    groups = [{axis} for axis in axes]
    for each in checks.asked:
        tied = [group for group in groups if not each.needs.isdisjoint(group)]
        if len(tied) > 1:
            groups = [group for group in groups if group not in tied] + [set().union(*tied)]
    return [tuple(axis for axis in axes if axis in group) for group in groups]


class Search:
    """Chooses one set of installed axes, for combinations that have the same axes.

    Other axes may be open too, as long as no constraint ties them to these.
    """

    def __init__(self, checks: Checks, axes: tuple[str, ...]) -> None:
        self._axes = axes
        self._domains = {axis: _Domain(checks, axis, axes) for axis in axes}
        self._key = _key_of(checks, checks.touching(axes), axes)
        self._known: dict[Any, Found] = {}
        # What can be asked once an axis is chosen, those after it being open; and, looking
        # ahead, once the last one is chosen too.
        self._then = {axis: checks.touching({axis}, axes[at + 1 :]) for at, axis in enumerate(axes)}
        self._ahead = {
            axis: checks.touching({axes[-1]}, axes[at + 1 : -1]) for at, axis in enumerate(axes)
        }

    def choose(self, values: Values) -> Found:
        """Return the newest values that fit together, or the nearest misses."""
        key = self._key(values)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._choose(values)
        return found

    def _choose(self, values: Values) -> Found:
        domains = {axis: domain.fitting(values) for axis, domain in self._domains.items()}
        if len(self._axes) > 1 and all(fits for _, fits in domains.values()):
            choices = {axis: fitting for axis, (fitting, _) in domains.items()}
            together = self._descend(values, choices, 0)
            if together is not None:
                chosen: dict[str, str | None] = {axis: together[axis] for axis in self._axes}
                return Found(values=chosen, fits=True)
        newest = {axis: fitting[0] if fitting else None for axis, (fitting, _) in domains.items()}
        fits = len(domains) == 1 and all(fits for _, fits in domains.values())
        return Found(values=newest, fits=fits, complete=None not in newest.values())

    def _descend(
        self, values: Values, choices: dict[str, tuple[str, ...]], depth: int
    ) -> Values | None:
        """Return `values` with the axes from `depth` on chosen so that all fit, or None."""
        if depth == len(self._axes):
            return values
        axis = self._axes[depth]
        for value in choices[axis]:
            tried = {**values, axis: value}
            if _count(self._then[axis], tried) or not self._leaves_room(tried, choices, axis):
                continue
            found = self._descend(tried, choices, depth + 1)
            if found is not None:
                return found
        return None

    def _leaves_room(self, values: Values, choices: dict[str, tuple[str, ...]], axis: str) -> bool:
        """Return True when the last axis still has a value that fits everything chosen so far."""
        last = self._axes[-1]
        if axis == last:
            return True
        ahead = self._ahead[axis]
        return any(not _count(ahead, {**values, last: value}) for value in choices[last])
