"""The possible images nearest to an impossible combination: fewest moves first, then smallest.

Pure; imports facts and model only. A move changes one declared axis; how far it goes is counted
in known values of that axis (torch 2.5.0 → 2.6.0 is two: 2.5.1 lies between).
"""

from collections.abc import Iterator
from itertools import combinations, product

from validation.matrix.auto import FRAME, INSTALLED
from validation.matrix.check import Values
from validation.matrix.choices import newest_first, values_of
from validation.matrix.constraints.companions import COMPANIONS, paired
from validation.matrix.grammar import AXES
from validation.matrix.resolve import Resolver, Serving
from validation.matrix.scalars import AUTO
from validation.model import Candidate, Image, Move, Neighbour, Record, Skip

MOST_MOVES = 3
REACH = {0: 0, 1: 1000, 2: 12, 3: 5}
"""By number of axes moved at once: how many of the nearest values of each are tried."""

_FLAVORS = ("base", "runtime", "cudnn-runtime", "devel", "cudnn-devel")
"""Flavors from the smallest image to the largest."""


class _Step(Record, frozen=True, kw_only=True):
    """One axis's new value and how far it is from the old one; newer sorts before older."""

    axis: str
    value: str
    distance: int
    backward: bool


def nearest(
    resolver: Resolver, candidate: Candidate, serving: Serving = (), count: int = 3
) -> tuple[Neighbour, ...]:
    """Return up to `count` possible images, all of the fewest moves that lead to any, ranked.

    Where no `MOST_MOVES` axes lead to any, the packages are all chosen anew. Empty for a candidate
    that is possible, and where that leads to none either. torchvision and torchaudio follow torch.
    """
    answer = resolver.resolve(candidate, serving)
    if not isinstance(answer, Skip):
        return ()
    found = _search(resolver, candidate, serving, count)
    if found:
        return found
    freed = {**candidate.axes, **{axis: AUTO for axis in INSTALLED if axis in candidate.axes}}
    if freed == candidate.axes:
        return ()
    # Too many packages stand in the way of each other: choose them anew around what is near.
    wish = Candidate(family=candidate.family, axes=freed)
    return tuple(
        _in_full(resolver, candidate, serving, axes)
        for axes in _freed_axes(resolver, wish, serving, count)
    )


def _freed_axes(
    resolver: Resolver, wish: Candidate, serving: Serving, count: int
) -> list[dict[str, str]]:
    if isinstance(resolver.resolve(wish, serving), Image):
        return [wish.axes]
    return [neighbour.axes for neighbour in _search(resolver, wish, serving, count)]


def _in_full(
    resolver: Resolver, candidate: Candidate, serving: Serving, axes: dict[str, str]
) -> Neighbour:
    """Return a neighbour whose packages were chosen anew, every move written out."""
    chosen = resolver.values(Candidate(family=candidate.family, axes=axes), serving)
    full = {axis: chosen[axis] if old != AUTO else AUTO for axis, old in candidate.axes.items()}
    return _neighbour(
        candidate, {axis: new for axis, new in full.items() if new != candidate.axes[axis]}
    )


def _neighbour(candidate: Candidate, changed: dict[str, str]) -> Neighbour:
    moves = (Move(axis=axis, old=candidate.axes[axis], new=new) for axis, new in changed.items())
    return Neighbour(axes={**candidate.axes, **changed}, moves=tuple(moves))


def _search(
    resolver: Resolver, candidate: Candidate, serving: Serving, count: int
) -> tuple[Neighbour, ...]:
    """Return the possible images that the fewest moved axes lead to, at most `MOST_MOVES`."""
    values = resolver.values(candidate, serving)
    steps = {
        axis: _steps(resolver, axis, values)
        for axis in AXES
        if candidate.axes.get(axis, AUTO) != AUTO and axis not in COMPANIONS
    }
    for moves in range(MOST_MOVES + 1):
        tried = _ranked(resolver, candidate, serving, steps, moves)
        found = tuple(_possible(resolver, candidate, serving, tried, count))
        if found:
            return found
    return ()


def _steps(resolver: Resolver, axis: str, values: Values) -> tuple[_Step, ...]:
    """Return the other values of an axis, the nearest first."""
    old = values[axis]
    known = _FLAVORS if axis == "flavor" else values_of(resolver.facts, axis, values)[::-1]
    if axis not in {"flavor", "os", "python"} and old not in known:
        known = newest_first((*known, old))[::-1]
    at = known.index(old) if old in known else 0
    steps = [
        _Step(axis=axis, value=value, distance=abs(index - at) or 1, backward=index < at)
        for index, value in enumerate(known)
        if value != old
    ]
    return tuple(sorted(steps, key=lambda step: (step.distance, step.backward)))


def _ranked(
    resolver: Resolver,
    candidate: Candidate,
    serving: Serving,
    steps: dict[str, tuple[_Step, ...]],
    moves: int,
) -> list[tuple[_Step, ...]]:
    """Return the combinations of `moves` steps that no fixed axis rules out, smallest first."""
    values = resolver.open_values(candidate, serving)
    checks = resolver.checks(candidate, serving)
    open_axes = [axis for axis, value in values.items() if value == AUTO]
    violated = checks.violated(values, open_axes)
    fitting = []
    for axes in combinations(steps, moves):
        if moves and any(asked.needs.isdisjoint(axes) for asked in violated):
            continue
        for path in product(*(steps[axis][: REACH[moves]] for axis in axes)):
            tried = {**values, **_applied(resolver, candidate, path)}
            if not checks.against(tried, open_axes):
                fitting.append(path)
    return sorted(fitting, key=_cost)


def _cost(path: tuple[_Step, ...]) -> tuple[int, int, tuple[int, ...]]:
    """Return what paths sort by: total distance, steps to older versions, the axes' own order."""
    order = [*FRAME, *AXES]
    return (
        sum(step.distance for step in path),
        sum(step.backward for step in path),
        tuple(order.index(step.axis) for step in path),
    )


def _applied(resolver: Resolver, candidate: Candidate, path: tuple[_Step, ...]) -> dict[str, str]:
    """Return the axes that a path changes: torchvision and torchaudio follow a moved torch."""
    changed = {step.axis: step.value for step in path}
    torch = changed.get("torch", candidate.axes.get("torch", AUTO))
    for companion in COMPANIONS:
        if candidate.axes.get(companion, AUTO) == AUTO or torch == AUTO:
            continue
        pair = paired(resolver.facts, companion, torch)
        if pair is not None and pair != candidate.axes[companion]:
            changed[companion] = pair
    return changed


def _possible(
    resolver: Resolver,
    candidate: Candidate,
    serving: Serving,
    paths: list[tuple[_Step, ...]],
    count: int,
) -> Iterator[Neighbour]:
    """Yield the first `count` paths that lead to a possible image."""
    left = count
    for path in paths:
        changed = _applied(resolver, candidate, path)
        axes = {**candidate.axes, **changed}
        answer = resolver.resolve(Candidate(family=candidate.family, axes=axes), serving)
        if isinstance(answer, Image):
            yield _neighbour(candidate, changed)
            left -= 1
            if not left:
                return
