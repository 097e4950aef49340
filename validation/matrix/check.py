"""Ask the constraints, and remember their answers by the axes that they depend on.

Pure; imports facts and model only.
"""

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any

from validation.facts.load import Facts
from validation.matrix.constraints import CONSTRAINTS
from validation.matrix.constraints.rule import FINE, Constraint, Reasons
from validation.model import Reason

Values = dict[str, Any]
"""A combination as constraints see it: every axis (None: not in the image) and the family's
base, workload, platforms, packages, patch, drivers and gpus, and what it is served with."""

Key = Callable[[Values], Any]

Numbered = tuple[tuple[int, Reason], ...]
"""Reasons with their constraints' places in the order in which reasons are told."""


class Asked:
    """One constraint over one set of facts, with the answers that it has given."""

    __slots__ = ("about", "answers", "ask", "key", "name", "needs")

    def __init__(self, facts: Facts, constraint: Constraint) -> None:
        names = constraint.needs
        self.name = constraint.name
        self.about = constraint.about
        self.needs = frozenset(names)
        self.key: Key = itemgetter(*names)
        if len(names) == 1:  # which itemgetter gives bare
            self.key = lambda values: (values[names[0]],)
        self.answers: dict[Any, Reasons] = {}

        def ask(values: tuple[Any, ...]) -> Reasons:
            return constraint.check(facts, **dict(zip(names, values, strict=True)))

        self.ask = ask

    def reasons(self, values: Values) -> Reasons:
        """Return the constraint's answer, asked once for each combination of its axes."""
        key = self.key(values)
        found = self.answers.get(key)
        if found is None:
            found = self.answers[key] = self.ask(key)
        return found


class _Group:
    """Constraints asked together: all that depend on a certain set of axes or on fewer."""

    __slots__ = ("answers", "axes", "key", "members")

    def __init__(self, axes: frozenset[str]) -> None:
        self.axes = axes
        self.key: Key = key_of(axes)
        self.members: list[tuple[int, Asked]] = []
        self.answers: dict[Any, Numbered] = {}

    def ask(self, values: Values) -> Numbered:
        """Return the members' reasons, each with its constraint's place in the order of telling."""
        told = [(at, reason) for at, each in self.members for reason in each.reasons(values)]
        found = tuple(sorted(told, key=_PLACE))
        self.answers[self.key(values)] = found
        return found


def key_of(axes: Collection[str]) -> Key:
    """Return what takes the values of `axes` out of a combination, as one hashable thing."""
    return itemgetter(*sorted(axes)) if axes else itemgetter("base")


class Checks:
    """The constraints that apply to combinations which have the same axes and the same family.

    `varying` are the axes in which such combinations differ: answers are kept by these alone.
    """

    def __init__(self, facts: Facts, asked: tuple[Asked, ...], varying: frozenset[str]) -> None:
        self.facts = facts
        self.asked = asked
        self.varying = varying
        self._each = tuple(
            (group.key, group.answers.get, group.ask) for group in _grouped(asked, varying)
        )

    def reasons(self, values: Values) -> Reasons:
        """Return every reason against a combination, none stopping another."""
        found: Numbered = ()
        for key, known, ask in self._each:
            answer = known(key(values))
            if answer is None:
                answer = ask(values)
            if answer:
                found = tuple(sorted(found + answer, key=_PLACE)) if found else answer
        return tuple([reason for _, reason in found]) if found else FINE

    def against(self, values: Values, still_open: Collection[str]) -> int:
        """Return how many reasons there are that no open axis can change."""
        return sum(
            len(each.reasons(values)) for each in self.asked if each.needs.isdisjoint(still_open)
        )

    def violated(self, values: Values, still_open: Collection[str]) -> tuple[Asked, ...]:
        """Return the constraints that say no whatever the open axes become."""
        return tuple(
            each
            for each in self.asked
            if each.needs.isdisjoint(still_open) and each.reasons(values)
        )

    def touching(
        self, axes: Collection[str], still_open: Collection[str] = ()
    ) -> tuple[Asked, ...]:
        """Return the constraints that need one of `axes` and none that is still open."""
        return tuple(
            each
            for each in self.asked
            if not each.needs.isdisjoint(axes) and each.needs.isdisjoint(still_open)
        )


_PLACE = itemgetter(0)


def _grouped(asked: tuple[Asked, ...], varying: frozenset[str]) -> list[_Group]:
    """Return the constraints in as few groups as their axes allow, the widest first."""
    needs = [(each.needs & varying, at, each) for at, each in enumerate(asked)]
    groups: list[_Group] = []
    for axes, at, each in sorted(needs, key=lambda item: -len(item[0])):
        group = next((group for group in groups if axes <= group.axes), None)
        if group is None:
            group = _Group(axes)
            groups.append(group)
        group.members.append((at, each))
    return groups


class Checker:
    """All constraints over one set of facts."""

    def __init__(self, facts: Facts, constraints: tuple[Constraint, ...] = CONSTRAINTS) -> None:
        self.facts = facts
        self._asked = tuple(Asked(facts, constraint) for constraint in constraints)

    def having(self, axes: Collection[str]) -> Checks:
        """Return the constraints that apply where an image has these axes."""
        present = frozenset(axes)
        applying = tuple(asked for asked in self._asked if asked.about <= present)
        return Checks(self.facts, applying, present)
