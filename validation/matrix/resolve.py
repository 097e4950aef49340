"""Every wish against every constraint: an image, or all the reasons why there is none.

Pure; imports facts and model only. Linear in the number of candidates: a constraint is asked once
for each combination of the axes that it depends on, and its answer kept.
"""

from collections.abc import Iterable
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.versions import version
from validation.matrix.auto import Chooser
from validation.matrix.check import Checker, Checks, Values
from validation.matrix.constraints import ANYBODYS, CONSTRAINTS
from validation.matrix.constraints.base import DEFAULT_FLAVOR
from validation.matrix.constraints.rule import Constraint, Reasons, no
from validation.matrix.grammar import AXES
from validation.matrix.image import image_of
from validation.matrix.scalars import AUTO
from validation.model import Candidate, Family, Image, Skip

Serving = tuple[str, ...]
"""Versions of ONNX Runtime in the inference images that models are exported for."""

_NOTHING: Values = dict.fromkeys(AXES)
_NEEDED = ("python", "os")
"""Axes that every image has, declared or not (an NGC image brings its own)."""


class _Shape:
    """What all candidates of a family with the same declared axes share."""

    def __init__(
        self, family: Family, axes: Iterable[str], checker: Checker, serving: Serving
    ) -> None:
        self.family = family  # kept, so that its id is not given to another
        self.values: Values = {
            **_NOTHING,
            "base": family.base,
            "workload": family.workload,
            "platforms": family.platforms,
            "packages": family.packages,
            "patch": family.patch,
            "drivers": family.fleet.drivers,
            "gpus": family.fleet.gpus,
            "serving": serving if family.workload == "training" else (),
        }
        if family.base != "ngc":
            self.values |= dict.fromkeys(_NEEDED, AUTO)
        if family.base == "nvidia-cuda":
            self.values["flavor"] = DEFAULT_FLAVOR
        present = {*axes, *(axis for axis in AXES if self.values[axis] is not None)}
        self.checks = checker.having(present)
        self.chooser = Chooser(self.checks)


class Resolver:
    """Resolves candidates over one set of facts and keeps the answers that they share."""

    def __init__(self, facts: Facts, constraints: tuple[Constraint, ...] = CONSTRAINTS) -> None:
        self.facts = facts
        self._checker = Checker(facts, constraints)
        self._shapes: dict[tuple[int, tuple[str, ...], Serving], _Shape] = {}

    def resolve(self, candidate: Candidate, serving: Serving = ()) -> Image | Skip:
        """Return the image of a candidate, or every reason why there is none."""
        axes = candidate.axes
        shape = self._shape(candidate, serving)
        values = {**shape.values, **axes}
        checks = shape.checks
        reasons: Reasons = ()
        if not shape.chooser.choose(values):
            reasons = _nothing_known(values, candidate)
            checks = self._checker.having([axis for axis in AXES if values[axis] is not None])
        reasons += checks.reasons(values)
        if reasons:
            return Skip(family=candidate.family.name, axes=axes, reasons=reasons)
        return image_of(self.facts, candidate, values)

    def values(self, candidate: Candidate, serving: Serving = ()) -> Values:
        """Return a candidate as constraints see it, every auto chosen."""
        values = self.open_values(candidate, serving)
        self._shape(candidate, serving).chooser.choose(values)
        return values

    def open_values(self, candidate: Candidate, serving: Serving = ()) -> Values:
        """Return a candidate as constraints see it, auto still standing where it was asked."""
        return {**self._shape(candidate, serving).values, **candidate.axes}

    def checks(self, candidate: Candidate, serving: Serving = ()) -> Checks:
        """Return the constraints that apply to a candidate."""
        return self._shape(candidate, serving).checks

    def _shape(self, candidate: Candidate, serving: Serving) -> _Shape:
        family = candidate.family
        key = (id(family), tuple(candidate.axes), serving)
        found = self._shapes.get(key)
        if found is None:
            found = self._shapes[key] = _Shape(family, candidate.axes, self._checker, serving)
        return found


def _nothing_known(values: Values, candidate: Candidate) -> Reasons:
    """Return a reason for each auto that has no known value: cupy without a CUDA, say."""
    torch, cuda = candidate.axes.get("torch"), candidate.axes.get("cuda")
    return tuple(
        no(
            "auto",
            f"there is no {axis} to choose for cuda {cuda or 'none'} and torch {torch or 'none'}",
            f"the facts have no release of {axis} for them",
            "the facts' own tables",
        )
        for axis in candidate.axes
        if values[axis] is None
    )


@lru_cache(maxsize=4)
def resolver_of(facts: Facts, *, anybodys: bool = False) -> Resolver:
    """Return the resolver of these facts; the same one each time, with what it has learnt.

    `anybodys` is the one for images that are not ours to prove.
    """
    return Resolver(facts, ANYBODYS if anybodys else CONSTRAINTS)


def resolve(candidate: Candidate, facts: Facts, serving: Serving = ()) -> Image | Skip:
    """Return the image that a candidate comes to, or a skip with every reason against it.

    `serving` are the ONNX Runtime versions of the inference images, which must load what a
    training image exports.
    """
    return resolver_of(facts).resolve(candidate, serving)


def serving_of(candidates: Iterable[Candidate], facts: Facts) -> Serving:
    """Return the ONNX Runtime versions of the inference images among candidates, oldest first."""
    resolver = resolver_of(facts)
    images = [resolver.resolve(wish) for wish in candidates if wish.family.workload == "inference"]
    found = {image.onnxruntime for image in images if isinstance(image, Image)}
    return tuple(sorted((name for name in found if name), key=version))


def resolve_all(candidates: Iterable[Candidate], facts: Facts) -> tuple[Image | Skip, ...]:
    """Resolve candidates in their order; inference images load what training images export."""
    wishes = tuple(candidates)
    serving = serving_of(wishes, facts)
    resolver = resolver_of(facts)
    return tuple(resolver.resolve(wish, serving) for wish in wishes)
