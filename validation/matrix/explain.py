"""Why a combination can be, or cannot, and what is nearest: the answer as a record.

Pure; imports resolve, nearest and the records.
"""

from typing import Literal

from validation.facts.load import Facts
from validation.facts.versions import span
from validation.matrix.auto import FRAME, INSTALLED
from validation.matrix.check import Checks, Values
from validation.matrix.choices import values_of
from validation.matrix.constraints.base import DEFAULT_FLAVOR
from validation.matrix.constraints.companions import COMPANIONS
from validation.matrix.grammar import AXES
from validation.matrix.nearest import nearest
from validation.matrix.resolve import Resolver, Serving, resolver_of
from validation.matrix.scalars import AUTO
from validation.model import Candidate, Image, Neighbour, Reason, Record

Verdict = Literal["possible", "impossible", "unknown"]


class Choice(Record, frozen=True, kw_only=True):
    """A value that was chosen and not asked for: of which axis or field, and why this one."""

    axis: str
    value: str
    why: str


class Explanation(Record, frozen=True, kw_only=True):
    """What is to be said of one combination.

    `axes` is what was asked. `verdict` is "unknown" when nothing rules the combination out and
    the facts do not prove it either; `possible` is True for "possible" only.
    """

    possible: bool
    verdict: Verdict
    axes: dict[str, str]
    image: Image | None
    violations: tuple[Reason, ...]
    nearest: tuple[Neighbour, ...]
    chosen: tuple[Choice, ...]


def explain(candidate: Candidate, facts: Facts, serving: Serving = ()) -> Explanation:
    """Return the image with the reason of every choice, or every violation and the way out."""
    resolver = resolver_of(facts)
    answer = resolver.resolve(candidate, serving)
    values = resolver.values(candidate, serving)
    axes = {axis: candidate.axes[axis] for axis in AXES if axis in candidate.axes}
    if isinstance(answer, Image):
        chosen = _chosen(resolver, candidate, values, answer, serving)
        return Explanation(
            possible=True,
            verdict="possible",
            axes=axes,
            image=answer,
            violations=(),
            nearest=(),
            chosen=chosen,
        )
    return Explanation(
        possible=False,
        verdict="unknown" if answer.unknown else "impossible",
        axes=axes,
        image=None,
        violations=answer.reasons,
        nearest=nearest(resolver, candidate, serving),
        chosen=(),
    )


def _chosen(
    resolver: Resolver, candidate: Candidate, values: Values, image: Image, serving: Serving
) -> tuple[Choice, ...]:
    asked = resolver.open_values(candidate, serving)
    facts, checks = resolver.facts, resolver.checks(candidate, serving)
    found = [
        Choice(axis=axis, value=str(values[axis]), why=_why(facts, checks, values, axis))
        for axis in (*FRAME, *INSTALLED)
        if asked[axis] == AUTO
    ]
    if asked["flavor"] is not None and "flavor" not in candidate.axes and asked["flavor"] != AUTO:
        why = f"not declared: {DEFAULT_FLAVOR} has the CUDA libraries and no compiler"
        found.append(Choice(axis="flavor", value=asked["flavor"], why=why))
    return (*found, *_derived(image))


def _why(facts: Facts, checks: Checks, values: Values, axis: str) -> str:
    """Return why a value was chosen: newer ones are named with what speaks against the first."""
    known = values_of(facts, axis, values)
    if axis in COMPANIONS:
        return f"the one that pairs with torch {values['torch']}"
    newer = known[: known.index(values[axis])]
    rule = "supported longest" if axis == "os" else "preferred" if axis == "flavor" else "newest"
    if not newer:
        return f"the {rule} known"
    closest = newer[-1]
    reasons = checks.reasons({**values, axis: closest})
    against = f"{closest}: {reasons[0].message}" if reasons else "with what else was chosen"
    others = f" (and {len(newer) - 1} more)" if len(newer) > 1 else ""
    return f"the {rule} that fits; not {against}{others}"


def _derived(image: Image) -> list[Choice]:
    """Return what follows from the axes and is worth a sentence."""
    found = []
    if image.base:
        why = {
            "nvidia-cuda": f"the newest published patch of CUDA {image.cuda} for {image.os}",
            "distro": f"the public image of {image.os}",
        }.get(image.source, "the newest release that matches")
        found.append(Choice(axis="base", value=image.base, why=why))
    how = {
        "os": f"{image.os}'s own package",
        "uv": f"{image.os}'s own is another or a pre-release: the installer's build",
        "base": "part of the base",
    }
    found.append(Choice(axis="python from", value=image.python_from, why=how[image.python_from]))
    if image.torch_index:
        pypi = f"PyPI's own wheels of torch {image.torch} are {image.variant}"
        why = pypi if image.torch_index == "pypi" else f"{image.variant} wheels are there only"
        where = image.torch_index_url or "PyPI"
        found.append(Choice(axis="torch from", value=where, why=why))
    if image.opset is not None:
        why = "torch's default, as far as onnx and the serving runtime reach"
        found.append(Choice(axis="opset", value=str(image.opset), why=why))
    found.append(Choice(axis="requirements", value=span(image.requirements), why="what is locked"))
    return found
