"""Choose what `auto` asks for: the newest values that fit together.

Pure; imports facts and model only. Two groups: what an image stands on (cuda, torch, python,
flavor, os), tried newest first, and what is installed (torchvision … numpy), found by a
depth-first search that looks ahead to NumPy, on which nearly all of them put bounds.
"""

from itertools import product

from validation.matrix.check import Checker, Values
from validation.matrix.choices import values_of
from validation.matrix.scalars import AUTO

FRAME = ("torch", "cuda", "os", "python", "flavor")
"""What an image stands on; earlier ones are kept new at the expense of later ones."""

INSTALLED = ("torchvision", "torchaudio", "cupy", "onnxruntime", "onnx", "numpy")
"""What is installed, in the order in which it is chosen; NumPy last, as the others bound it."""


def choose(checker: Checker, values: Values) -> Values:
    """Return `values` with every auto replaced: the newest that fits, or else the nearest miss.

    Where nothing fits, the choice with the fewest reasons against it is returned, so that the
    constraints can tell what is in the way.
    """
    frame = [axis for axis in FRAME if values[axis] == AUTO]
    installed = tuple(axis for axis in INSTALLED if values[axis] == AUTO)
    best, fewest = values, -1
    for combination in product(*(values_of(checker.facts, axis, values) for axis in frame)):
        tried = {**values, **dict(zip(frame, combination, strict=True))}
        against = checker.clashes_beside(tried, installed)
        if against and against >= fewest >= 0:
            continue
        filled, fits = _install(checker, tried, installed)
        if fits and not against:
            return filled
        against = len(checker.reasons(filled))
        if fewest < 0 or against < fewest:
            best, fewest = filled, against
    return best


def _install(checker: Checker, values: Values, axes: tuple[str, ...]) -> tuple[Values, bool]:
    """Return `values` with `axes` chosen, and whether they fit together."""
    if not axes:
        return values, True
    domains = {axis: _alone(checker, values, axis, axes) for axis in axes}
    if all(fits for _, fits in domains.values()):
        choices = {axis: found for axis, (found, _) in domains.items()}
        together = _search(checker, values, choices, axes)
        if together is not None:
            return together, True
    newest = {axis: found[0] if found else None for axis, (found, _) in domains.items()}
    return {**values, **newest}, False


def _alone(
    checker: Checker, values: Values, axis: str, axes: tuple[str, ...]
) -> tuple[tuple[str, ...], bool]:
    """Return the values of an axis that fit what is fixed, and True; or the nearest misses."""
    others = frozenset(axes) - {axis}
    against = {
        value: checker.clashes({**values, axis: value}, axis, others)
        for value in values_of(checker.facts, axis, values)
    }
    least = min(against.values(), default=0)
    fitting = tuple(value for value, count in against.items() if count == least)
    return fitting, bool(fitting) and not least


def _search(
    checker: Checker, values: Values, choices: dict[str, tuple[str, ...]], axes: tuple[str, ...]
) -> Values | None:
    """Return `values` with `axes` chosen so that all fit together, newest first, or None."""
    if not axes:
        return values
    axis, rest = axes[0], axes[1:]
    for value in choices[axis]:
        tried = {**values, axis: value}
        if checker.clashes(tried, axis, rest) or not _leaves_room(checker, tried, choices, rest):
            continue
        found = _search(checker, tried, choices, rest)
        if found is not None:
            return found
    return None


def _leaves_room(
    checker: Checker, values: Values, choices: dict[str, tuple[str, ...]], axes: tuple[str, ...]
) -> bool:
    """Return True when the last open axis still has a value that fits everything chosen so far."""
    if not axes:
        return True
    last, others = axes[-1], axes[:-1]
    return any(
        not checker.clashes({**values, last: value}, last, others) for value in choices[last]
    )
