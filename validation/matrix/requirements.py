"""What an image is locked from: its direct requirements, and the index that torch comes from.

Pure; imports facts and model only.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from validation.facts.load import Facts
from validation.facts.questions import torch_on_pypi, torch_release
from validation.matrix.constraints.companions import COMPANIONS
from validation.matrix.constraints.cupy import cupy_package, headers_from, libraries_from
from validation.matrix.constraints.numpy import onnxruntime_numpy, torch_numpy
from validation.matrix.constraints.packages import runtime_package
from validation.matrix.constraints.torch import variant_for
from validation.model import TORCH_IN_BASE, Family

ONNXSCRIPT = "onnxscript"
"""What torch.onnx.export imports where the dynamo exporter is the default (measured)."""


def torch_index(
    facts: Facts, torch: str | None, cuda: str | None, python: str, platforms: tuple[str, ...]
) -> Literal["pypi", "pytorch"] | None:
    """Return where an image's torch comes from.

    PyPI carries one variant of each release, for linux/amd64 as far as was read; everything else
    is on PyTorch's index of the variant, under a version with a local part (2.13.0+cpu).
    """
    release = torch_release(facts, torch) if torch is not None else None
    if torch is None or release is None:
        return None
    variant = variant_for(cuda)
    everywhere = all(torch_on_pypi(release, variant, python, platform) for platform in platforms)
    return "pypi" if everywhere else "pytorch"


@lru_cache(maxsize=4096)
def _cupy(
    facts: Facts, *, cupy: str, cuda: str, base: str, flavor: str | None, torch: str | None
) -> tuple[str, ...]:
    """Return CuPy with whatever brings the headers and libraries that it needs."""
    headers = headers_from(facts, cupy=cupy, cuda=cuda, base=base, flavor=flavor, torch=torch)
    libraries = libraries_from(facts, cupy=cupy, cuda=cuda, base=base, flavor=flavor, torch=torch)
    extra = "[ctk]" if "ctk" in {headers, libraries} else ""
    runtime = (f"nvidia-cuda-runtime-cu12=={cuda}.*",) if headers == "runtime wheel" else ()
    return (f"{cupy_package(facts, cuda)}{extra}=={cupy}", *runtime)


@lru_cache(maxsize=1024)
def _numpy_bound(facts: Facts, torch: str | None, onnxruntime: str | None) -> tuple[str, ...]:
    """Return the bounds on NumPy that torch and ONNX Runtime forget to declare, each once."""
    rows = (
        torch_numpy(facts, torch) if torch else None,
        onnxruntime_numpy(facts, onnxruntime) if onnxruntime else None,
    )
    return tuple(dict.fromkeys(f"numpy{row.bound}" for row in rows if row and row.bound))


@lru_cache(maxsize=1024)
def _exports_by_dynamo(facts: Facts, torch: str) -> bool:
    release = torch_release(facts, torch)
    return release is not None and release.export.dynamo_default is True


@lru_cache(maxsize=1024)
def _names(packages: tuple[str, ...]) -> frozenset[str]:
    """Return the normalised names (PEP 503) that requirements (PEP 508) begin with."""
    found = [re.match(r"\s*([A-Za-z0-9._-]+)", text) for text in packages]
    return frozenset(re.sub(r"[-_.]+", "-", name[1]).lower() for name in found if name)


def requirements_of(
    facts: Facts, family: Family, axes: Mapping[str, str | None], index: str | None
) -> tuple[str, ...]:
    """Return the direct requirements of a resolved combination, the family's own packages last.

    A package that the family names itself is not added a second time. torch and CuPy are not
    asked for where the base brings them.
    """
    torch, cuda, cupy, onnx = axes["torch"], axes["cuda"], axes["cupy"], axes["onnx"]
    found: list[str] = []
    from_base = family.base in TORCH_IN_BASE
    if torch and not from_base:
        local = f"+{variant_for(cuda)}" if index == "pytorch" else ""
        names = ("torch", *COMPANIONS)
        found += [f"{name}=={axes[name]}{local}" for name in names if axes[name]]
    if cupy and cuda and not from_base:
        flavor = axes["flavor"]
        found += _cupy(facts, cupy=cupy, cuda=cuda, base=family.base, flavor=flavor, torch=torch)
    if axes["numpy"]:
        found.append(f"numpy=={axes['numpy']}")
    else:
        found += _numpy_bound(facts, None if from_base else torch, axes["onnxruntime"])
    if onnx:
        found.append(f"onnx=={onnx}")
    if axes["onnxruntime"]:
        found.append(f"{runtime_package(cuda)}=={axes['onnxruntime']}")
    if torch and onnx and _exports_by_dynamo(facts, torch):
        found += [] if ONNXSCRIPT in _names(family.packages) else [ONNXSCRIPT]
    return (*found, *family.packages)
