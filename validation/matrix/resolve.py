"""Every wish against every constraint: an image, or all the reasons why there is none.

Pure; imports facts and model only. Linear in the number of candidates: a constraint is asked once
for each combination of the axes that it depends on, and its answer kept.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from validation.facts.load import Facts
from validation.facts.versions import version
from validation.matrix.auto import choose
from validation.matrix.check import Checker, Values
from validation.matrix.constraints.base import DEFAULT_FLAVOR, reference
from validation.matrix.constraints.onnx import export_opset, runtimes
from validation.matrix.constraints.python import python_from
from validation.matrix.constraints.torch import variant_for
from validation.matrix.grammar import AXES
from validation.matrix.ids import id_of
from validation.matrix.requirements import requirements_of, torch_index
from validation.matrix.scalars import AUTO
from validation.model import Candidate, Family, Image, Skip

Serving = tuple[str, ...]
"""Versions of ONNX Runtime in the inference images that models are exported for."""

_NOTHING: Values = dict.fromkeys(AXES)
_NEEDED = ("python", "os")
"""Axes that every image has, declared or not (an NGC image brings its own)."""


class Resolver:
    """Resolves candidates over one set of facts and keeps the answers that they share."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.checker = Checker(facts)
        self._families: dict[tuple[int, Serving], tuple[Family, Values]] = {}
        self._chosen: dict[tuple[Any, ...], Values] = {}
        self._parts: dict[tuple[Any, ...], dict[str, Any]] = {}

    def resolve(self, candidate: Candidate, serving: Serving = ()) -> Image | Skip:
        """Return the image of a candidate, or every reason why there is none."""
        values = self.values(candidate, serving)
        reasons = self.checker.reasons(values)
        if reasons:
            return Skip(family=candidate.family.name, axes=candidate.axes, reasons=reasons)
        return self._image(candidate, values)

    def values(self, candidate: Candidate, serving: Serving = ()) -> Values:
        """Return a candidate as constraints see it, every auto chosen."""
        values = self.open_values(candidate, serving)
        if AUTO not in values.values():
            return values
        key = tuple(values.values())
        chosen = self._chosen.get(key)
        if chosen is None:
            chosen = self._chosen[key] = choose(self.checker, values)
        return chosen

    def open_values(self, candidate: Candidate, serving: Serving = ()) -> Values:
        """Return a candidate as constraints see it, auto still standing where it was asked."""
        return {**self._of_family(candidate.family, serving), **candidate.axes}

    def _of_family(self, family: Family, serving: Serving) -> Values:
        """Return what all candidates of a family share, once for each family."""
        known = self._families.get((id(family), serving))
        if known is not None:
            return known[1]  # the family is kept beside, so that its id is not given to another
        values: Values = {
            **_NOTHING,
            "base": family.base,
            "workload": family.workload,
            "platforms": family.platforms,
            "packages": family.packages,
            "drivers": family.fleet.drivers,
            "gpus": family.fleet.gpus,
            "serving": serving if family.workload == "training" else (),
        }
        if family.base != "ngc":
            values |= dict.fromkeys(_NEEDED, AUTO)
        if family.base == "nvidia-cuda":
            values["flavor"] = DEFAULT_FLAVOR
        self._families[id(family), serving] = (family, values)
        return values

    def _image(self, candidate: Candidate, values: Values) -> Image:
        family = candidate.family
        return Image(
            id=id_of(family.name, candidate.axes),
            family=family.name,
            template=family.template,
            workload=family.workload,
            source=family.base,
            platforms=family.platforms,
            fleet=family.fleet,
            budget_mb=family.budget_mb,
            **{axis: values[axis] for axis in AXES},
            **self._derived(family, values),
        )

    def _derived(self, family: Family, values: Values) -> dict[str, Any]:
        """Return the fields of an image that follow from its values."""
        facts = self.facts
        torch, cuda, python, os = (values[axis] for axis in ("torch", "cuda", "python", "os"))
        index = torch_index(facts, torch, cuda, python, family.platforms)
        variant = variant_for(cuda) if torch is not None else None
        loaded_by = runtimes(values["onnxruntime"], values["serving"])
        url = facts.torch.index.url.format(variant=variant) if index == "pytorch" else None
        return {
            "base": reference(
                facts, base=family.base, cuda=cuda, flavor=values["flavor"], os=os, torch=torch
            ),
            "variant": variant,
            "opset": export_opset(facts, torch, values["onnx"], loaded_by),
            "python_from": python_from(facts, python, os, family.base),
            "torch_index": index,
            "torch_index_url": url,
            "requirements": requirements_of(facts, family, values, index),
        }


@lru_cache(maxsize=4)
def resolver_of(facts: Facts) -> Resolver:
    """Return the resolver of these facts; the same one each time, with what it has learnt."""
    return Resolver(facts)


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
