"""Ask the constraints, and remember their answers by the axes that they depend on.

Pure; imports facts and model only.
"""

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any

from validation.facts.load import Facts
from validation.matrix.constraints import CONSTRAINTS
from validation.matrix.constraints.rule import FINE, Constraint, Reasons

Values = dict[str, Any]
"""A combination as constraints see it: every axis (None: not in the image) and the family's
base, workload, platforms, packages, drivers and gpus, and what it is served with."""

Key = Callable[[Values], Any]


class Asked:
    """One constraint over one set of facts, with the answers that it has given."""

    __slots__ = ("about", "answers", "ask", "key", "name", "needs")

    def __init__(self, facts: Facts, constraint: Constraint) -> None:
        names = constraint.needs
        self.name = constraint.name
        self.about = constraint.about
        self.needs = frozenset(names)
        self.key: Key = itemgetter(*names)
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


class Checks:
    """The constraints that apply to combinations which have a certain set of axes."""

    def __init__(self, facts: Facts, asked: tuple[Asked, ...]) -> None:
        self.facts = facts
        self.asked = asked
        self._each = tuple((each.key, each.answers.get, each.reasons) for each in asked)

    def reasons(self, values: Values) -> Reasons:
        """Return every reason against a combination, none stopping another."""
        found = FINE
        for key, known, ask in self._each:
            answer = known(key(values))
            if answer is None:
                answer = ask(values)
            if answer:
                found += answer
        return found

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


class Checker:
    """All constraints over one set of facts."""

    def __init__(self, facts: Facts, constraints: tuple[Constraint, ...] = CONSTRAINTS) -> None:
        self.facts = facts
        self._asked = tuple(Asked(facts, constraint) for constraint in constraints)
        self._checks: dict[frozenset[str], Checks] = {}

    def having(self, axes: Collection[str]) -> Checks:
        """Return the constraints that apply where an image has these axes."""
        present = frozenset(axes)
        found = self._checks.get(present)
        if found is None:
            applying = tuple(asked for asked in self._asked if asked.about <= present)
            found = self._checks[present] = Checks(self.facts, applying)
        return found
