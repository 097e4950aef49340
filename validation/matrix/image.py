"""A combination that nothing speaks against → the image's record.

Pure; imports facts and model only.
"""

from functools import lru_cache
from typing import Any, Literal

from validation.facts.load import Facts
from validation.matrix.check import Values
from validation.matrix.constraints.base import ngc_release, reference
from validation.matrix.constraints.cupy import libraries_from
from validation.matrix.constraints.onnx import export_opset, runtimes
from validation.matrix.constraints.python import python_from
from validation.matrix.constraints.torch import variant_for
from validation.matrix.ids import id_of
from validation.matrix.requirements import requirements_of, torch_index
from validation.model import TORCH_IN_BASE, Candidate, Image, Record

PARTS = 65_536
"""How many partial answers are kept: more than any plan has different ones of."""


class _Ground(Record, frozen=True, kw_only=True):
    """What follows from what an image stands on."""

    base: str | None
    os: str
    python: str
    variant: str | None
    python_from: Literal["os", "uv", "base"]
    torch_index: Literal["pypi", "pytorch"] | None
    torch_index_url: str | None


def image_of(facts: Facts, candidate: Candidate, values: Values) -> Image:
    """Return the image of a candidate whose every value is chosen and fits."""
    family = candidate.family
    torch, cuda, os = values["torch"], values["cuda"], values["os"]
    python, flavor = values["python"], values["flavor"]
    onnx, onnxruntime = values["onnx"], values["onnxruntime"]
    frame = (family.base, torch, cuda, python, flavor, os, family.patch)
    ground = _ground(facts, frame, family.platforms)
    return Image(
        id=id_of(family.name, candidate.axes),
        family=family.name,
        template=family.template,
        workload=family.workload,
        base=ground.base,
        source=family.base,
        os=ground.os,
        python=ground.python,
        flavor=flavor,
        cuda=cuda,
        variant=ground.variant,
        torch=torch,
        torchvision=values["torchvision"],
        torchaudio=values["torchaudio"],
        cupy=values["cupy"],
        numpy=values["numpy"],
        onnx=onnx,
        onnxruntime=onnxruntime,
        opset=_opset(facts, torch, onnx, onnxruntime, values["serving"]),
        python_from=ground.python_from,
        torch_index=ground.torch_index,
        torch_index_url=ground.torch_index_url,
        loader_path=_loader_path(facts, values),
        platforms=family.platforms,
        requirements=requirements_of(facts, family, values, ground.torch_index),
        fleet=family.fleet,
        budget_mb=family.budget_mb,
        because=family.because,
    )


def _loader_path(facts: Facts, values: Values) -> bool:
    """Return True when CuPy opens the CUDA libraries of torch's wheels by their names."""
    cupy, cuda = values["cupy"], values["cuda"]
    if cupy is None or cuda is None:
        return False
    where = {axis: values[axis] for axis in ("base", "flavor", "torch")}
    return libraries_from(facts, cupy=cupy, cuda=cuda, **where) == "loader"


@lru_cache(maxsize=PARTS)
def _ground(facts: Facts, frame: tuple[Any, ...], platforms: tuple[str, ...]) -> _Ground:
    base, torch, cuda, python, flavor, os, patch = frame
    variant = variant_for(cuda) if torch is not None else None
    index = None
    if base not in TORCH_IN_BASE:
        index = torch_index(facts, torch, cuda, python, platforms)
    found = ngc_release(facts, cuda, torch) if base == "ngc" else None
    own = found[1] if found else None
    return _Ground(
        base=reference(facts, base=base, cuda=cuda, flavor=flavor, os=os, torch=torch, patch=patch),
        os=(own.os if own and own.os else os),
        python=(own.python if own and own.python else python),
        variant=variant,
        python_from=python_from(facts, python, os, base),
        torch_index=index,
        torch_index_url=(
            facts.torch.index.url.format(variant=variant) if index == "pytorch" else None
        ),
    )


@lru_cache(maxsize=PARTS)
def _opset(
    facts: Facts,
    torch: str | None,
    onnx: str | None,
    onnxruntime: str | None,
    serving: tuple[str, ...],
) -> int | None:
    return export_opset(facts, torch, onnx, runtimes(onnxruntime, serving))
