"""Choose what `auto` asks for: the newest values that fit together.

Pure; imports facts and model only. Two groups: what an image stands on (cuda, torch, python,
flavor, os), tried newest first, and what is installed in it (torchvision … numpy), searched for.
"""

from itertools import product
from typing import Any

from validation.matrix.check import Checks, Values
from validation.matrix.choices import values_of
from validation.matrix.scalars import AUTO
from validation.matrix.search import Search, apart

FRAME = ("torch", "cuda", "os", "python", "flavor")
"""What an image stands on; earlier ones are kept new at the expense of later ones."""

INSTALLED = ("torchvision", "torchaudio", "cupy", "onnxruntime", "onnx", "numpy")
"""What is installed, in the order in which it is chosen; NumPy last, as the others bound it."""


class Chooser:
    """Replaces auto in combinations that have a certain set of axes."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._axes = [axis for axis in (*FRAME, *INSTALLED) if axis in checks.varying]
        self._installed = [axis for axis in INSTALLED if axis in checks.varying]
        self._plans: dict[tuple[str, ...], tuple[list[str], list[Search]]] = {}
        self._frames: dict[tuple[Any, ...], Values] = {}

    def choose(self, values: Values) -> bool:
        """Replace every auto in `values`: the newest that fits, or the nearest miss.

        Where nothing fits, the choice with the fewest reasons against it is taken, so that the
        constraints can tell what is in the way. Return False when that is None for some axis:
        nothing is known to choose from.
        """
        open_axes = tuple([axis for axis in self._axes if values[axis] == AUTO])
        frame, searches = self._plans.get(open_axes) or self._plan(open_axes)
        if frame:
            key = tuple(values.values())
            chosen = self._frames.get(key)
            if chosen is None:
                chosen = self._frames[key] = self._framed(values, frame, searches)
            values.update(chosen)
            return None not in [chosen[axis] for axis in self._installed]
        complete = True
        for search in searches:
            found = search.choose(values)
            values.update(found.values)
            complete = complete and found.complete
        return complete

    def _plan(self, open_axes: tuple[str, ...]) -> tuple[list[str], list[Search]]:
        """Return which open axes an image stands on, and searches for those installed in it."""
        frame = [axis for axis in open_axes if axis in FRAME]
        installed = tuple(axis for axis in open_axes if axis in INSTALLED)
        searches = [Search(self._checks, group) for group in apart(self._checks, installed)]
        self._plans[open_axes] = (frame, searches)
        return frame, searches

    def _framed(self, values: Values, frame: list[str], searches: list[Search]) -> Values:
        """Try what an image stands on, newest first, and install into each."""
        facts, best, fewest = self._checks.facts, values, -1
        open_axes = [axis for axis in self._installed if values[axis] == AUTO]
        for combination in product(*(values_of(facts, axis, values) for axis in frame)):
            tried = {**values, **dict(zip(frame, combination, strict=True))}
            against = self._checks.against(tried, open_axes)
            if against and against >= fewest >= 0:
                continue
            found = [search.choose(tried) for search in searches]
            for one in found:
                tried |= one.values
            if not against and all(one.fits for one in found):
                return tried
            against = self._against(tried)
            if fewest < 0 or against < fewest:
                best, fewest = tried, against
        return best

    def _against(self, values: Values) -> int:
        missing = [axis for axis in self._installed if values[axis] is None]
        return self._checks.against(values, missing)
