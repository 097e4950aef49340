"""The faults by name: what is done, to which verb, what exit codes are right, how often."""

import random
from collections.abc import Callable
from typing import NamedTuple

from tests.faults.lab import Ended, Lab

Inject = Callable[[Lab, random.Random], Ended]


class Fault(NamedTuple):
    """One kind of fault. `share` is how many injections a full session makes of it.

    `codes` are the right exit codes; `then` is the plain run that must be right afterwards;
    `abrupt` faults leave no chance to tidy up, so the next run does; `speaks` is False where
    nobody is left to say something; `deep` builds all from the wheels onward; `phase` names what
    is measured beforehand, since the moments are drawn over its length.
    """

    name: str
    where: str
    inject: Inject
    share: int
    codes: frozenset[int]
    then: tuple[str, ...]
    abrupt: bool
    speaks: bool
    deep: bool
    phase: str


class Case(NamedTuple):
    """One injection: its fault and number; all that is random in it comes from `draw()`."""

    fault: Fault
    number: int
    seed: int

    @property
    def id(self) -> str:
        return f"{self.fault.name} / {self.fault.where} / {self.number}"

    def draw(self) -> random.Random:
        return random.Random(f"{self.seed} {self.id}")  # noqa: S311  (repeatable, not secret)


FAULTS: list[Fault] = []


def fault(
    name: str,
    where: str,
    *,
    share: int,
    codes: set[int],
    then: tuple[str, ...] = ("build",),
    abrupt: bool = False,
    speaks: bool = True,
    deep: bool = False,
    phase: str = "",
) -> Callable[[Inject], Inject]:
    """Enter a function into the catalogue; it may stand there under several names."""

    def enter(inject: Inject) -> Inject:
        FAULTS.append(
            Fault(name, where, inject, share, frozenset(codes), then, abrupt, speaks, deep, phase)
        )
        return inject

    return enter


def cases(seed: int, count: int | None) -> list[Case]:
    """Return a full session's cases, or about `count`: every fault at least once."""
    whole = sum(fault.share for fault in FAULTS)
    return [
        Case(fault, number, seed)
        for fault in FAULTS
        for number in range(1, max(1, round(fault.share * (count or whole) / whole)) + 1)
    ]
