"""Signals: each file is one source that speaks about a base. Pure; imports facts and nouns."""

from collections.abc import Callable

from validation.facts.load import Facts
from validation.watch.signals.chart import chart
from validation.watch.signals.driver import driver
from validation.watch.signals.flag import flag
from validation.watch.signals.lists import lists
from validation.watch.signals.majors import majors
from validation.watch.signals.ngc import ngc
from validation.watch.signals.published import published
from validation.watch.signals.statement import Statement
from validation.watch.signals.stranger import stranger
from validation.watch.signals.subject import Subject
from validation.watch.signals.successor import successor

Signal = Callable[[Subject, Facts], tuple[Statement, ...]]

SIGNALS: tuple[Signal, ...] = (
    published,
    successor,
    driver,
    majors,
    chart,
    lists,
    flag,
    ngc,
    stranger,
)
"""What the facts alone say, in the order in which evidence is told.

Two more need what is asked apart: `distribution.distribution` (which support counts) and
`registry.registry` (what a registry answered).
"""
