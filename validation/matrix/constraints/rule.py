"""What a constraint is, and how it says no.

Pure; imports facts and model only. A constraint is a function `check(facts, *, axis, …)`: its
keyword parameters name the axes that it depends on, so that its answer can be kept and used again
for every combination that has the same values there. It returns a reason for each way in which
the values cannot be together, and nothing where they can or where it does not apply.

Beside the axes of matrix.yaml a parameter may be `base`, `workload`, `platforms`, `packages`,
`patch`, `drivers` and `gpus` of the family, and `serving`: the versions of ONNX Runtime in the
inference images that models are exported for. An axis that is typed `str` must be in the image for
the constraint to apply; one that may be absent is typed `str | None`.
"""

import inspect
from collections.abc import Callable

from validation.facts.questions import Answer
from validation.facts.records import Known
from validation.matrix.grammar import AXES
from validation.model import Reason, Record

Reasons = tuple[Reason, ...]
FINE: Reasons = ()


class Constraint(Record, frozen=True, kw_only=True):
    """A constraint: what its answer depends on, the axes that must be there, the rule in words."""

    name: str
    needs: tuple[str, ...]
    about: frozenset[str]
    rule: str
    check: Callable[..., Reasons]


def constraint(check: Callable[..., Reasons]) -> Constraint:
    """Return `check` as a constraint: named after it, needing what its parameters name."""
    code, annotated = check.__code__, check.__annotations__
    first = code.co_argcount
    needs = code.co_varnames[first : first + code.co_kwonlyargcount]
    return Constraint(
        name=check.__name__.replace("_", "-"),
        needs=needs,
        about=frozenset(name for name in needs if name in AXES and annotated[name] is str),
        rule=inspect.cleandoc(check.__doc__ or ""),
        check=check,
    )


def no(name: str, message: str, fact: str, source: str) -> Reason:
    """Return a reason that rules the combination out."""
    return Reason(constraint=name, message=message, fact=fact, source=source)


def unsure(name: str, message: str, fact: str, source: str) -> Reason:
    """Return a reason that neither rules the combination out nor lets it be built."""
    return Reason(constraint=name, message=message, fact=fact, source=source, unknown=True)


def unless_present(name: str, answer: Answer, absent: str, unknown: str) -> Reasons:
    """Return the reason that a tri-state answer amounts to: nothing when it is present."""
    if answer.known is Known.PRESENT:
        return FINE
    if answer.known is Known.ABSENT:
        return (no(name, absent, answer.fact, answer.source),)
    return (unsure(name, unknown, answer.fact, answer.source),)
