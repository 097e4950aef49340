"""What an image is locked from: its direct requirements, and the index that torch comes from.

Pure; imports facts and model only.
"""

from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from validation.facts.load import Facts
from validation.facts.questions import torch_on_pypi, torch_release
from validation.matrix.choices import Axes
from validation.matrix.constraints.cupy import cupy_package, headers_from, libraries_from
from validation.matrix.constraints.numpy import torch_numpy
from validation.matrix.constraints.packages import runtime_package
from validation.matrix.constraints.torch import variant_for
from validation.model import Family

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


def _torch(axes: Axes, index: str | None, variant: str) -> list[str]:
    local = f"+{variant}" if index == "pytorch" else ""
    names = ("torch", "torchvision", "torchaudio")
    return [f"{name}=={axes[name]}{local}" for name in names if axes.get(name)]


def _cupy(facts: Facts, family: Family, axes: Axes) -> list[str]:
    """Return CuPy with whatever brings the headers and libraries that it needs."""
    cupy, cuda = axes.get("cupy"), axes.get("cuda")
    package = cupy_package(facts, cuda)
    if cupy is None or cuda is None or package is None:
        return []
    flavor, torch = axes.get("flavor"), axes.get("torch")
    headers = headers_from(
        facts, cupy=cupy, cuda=cuda, base=family.base, flavor=flavor, torch=torch
    )
    libraries = libraries_from(
        facts, cupy=cupy, cuda=cuda, base=family.base, flavor=flavor, torch=torch
    )
    extra = "[ctk]" if "ctk" in {headers, libraries} else ""
    found = [f"{package}{extra}=={cupy}"]
    if headers == "runtime wheel":
        found.append(f"nvidia-cuda-runtime-cu12=={cuda}.*")
    return found


def _numpy(facts: Facts, axes: Axes) -> list[str]:
    """Return NumPy; where it is not an axis, the bound that torch forgets to declare."""
    if axes.get("numpy"):
        return [f"numpy=={axes['numpy']}"]
    torch = axes.get("torch")
    row = torch_numpy(facts, torch) if torch else None
    return [f"numpy{row.bound}"] if row and row.bound else []


def _exporter(facts: Facts, axes: Axes) -> list[str]:
    torch = axes.get("torch")
    release = torch_release(facts, torch) if torch and axes.get("onnx") else None
    return [ONNXSCRIPT] if release and release.export.dynamo_default else []


def requirements_of(facts: Facts, family: Family, axes: Axes, index: str | None) -> tuple[str, ...]:
    """Return the direct requirements of a resolved combination, the family's own packages last.

    A package that the family names itself is not added a second time.
    """
    found = [] if family.base == "ngc" else _torch(axes, index, variant_for(axes.get("cuda")))
    found += _cupy(facts, family, axes) + _numpy(facts, axes)
    if axes.get("onnx"):
        found.append(f"onnx=={axes['onnx']}")
    if axes.get("onnxruntime"):
        found.append(f"{runtime_package(axes.get('cuda'))}=={axes['onnxruntime']}")
    own = {canonicalize_name(Requirement(text).name) for text in family.packages}
    found += [name for name in _exporter(facts, axes) if name not in own]
    return (*found, *family.packages)
