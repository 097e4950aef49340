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


class _Asked:
    """One constraint with the answers that it has given."""

    __slots__ = ("answers", "ask", "key", "name", "needs")

    def __init__(self, facts: Facts, constraint: Constraint) -> None:
        self.name = constraint.name
        self.needs = frozenset(constraint.needs)
        self.key: Callable[[Values], tuple[Any, ...]] = itemgetter(*constraint.needs)
        self.answers: dict[tuple[Any, ...], Reasons] = {}
        names = constraint.needs

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


class Checker:
    """All constraints over one set of facts."""

    def __init__(self, facts: Facts, constraints: tuple[Constraint, ...] = CONSTRAINTS) -> None:
        self.facts = facts
        self._asked = tuple(_Asked(facts, constraint) for constraint in constraints)

    def reasons(self, values: Values) -> Reasons:
        """Return every reason against a combination, none stopping another."""
        found = FINE
        for asked in self._asked:
            # The common case, written out: 100,000 candidates ask two million times.
            key = asked.key(values)
            answer = asked.answers.get(key)
            if answer is None:
                answer = asked.reasons(values)
            if answer:
                found += answer
        return found

    def clashes(self, values: Values, axis: str, still_open: Collection[str]) -> int:
        """Return how many reasons speak against the value of `axis`, as far as it can be said.

        Constraints that need an axis that is still open are left out.
        """
        return sum(
            len(asked.reasons(values))
            for asked in self._asked
            if axis in asked.needs and asked.needs.isdisjoint(still_open)
        )

    def violated(self, values: Values, still_open: Collection[str]) -> tuple[str, ...]:
        """Return the names of the constraints that say no whatever the open axes become."""
        return tuple(
            asked.name
            for asked in self._asked
            if asked.needs.isdisjoint(still_open) and asked.reasons(values)
        )

    def clashes_beside(self, values: Values, still_open: Collection[str]) -> int:
        """Return how many reasons there are that no open axis can change."""
        return sum(
            len(asked.reasons(values))
            for asked in self._asked
            if asked.needs.isdisjoint(still_open)
        )
