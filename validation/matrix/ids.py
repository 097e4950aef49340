"""Names that follow from a combination's axes: its id, and PyTorch's wheel variant.

Pure; imports grammar. An id is a valid Docker tag and is never parsed back: records carry axes.
"""

from collections.abc import Callable, Mapping

from validation.matrix.grammar import AXES
from validation.matrix.scalars import AUTO

LONGEST_ID = 128
"""Longest tag that the OCI distribution specification allows, in characters."""


def variant_of(cuda: str) -> str:
    """Return PyTorch's word for a CUDA release: 12.6 → cu126."""
    return "cu" + cuda.replace(".", "")


_SPELLING: dict[str, Callable[[str], str]] = {
    "cuda": variant_of,
    "python": "py{}".format,
    "onnxruntime": "ort{}".format,
    "flavor": str,
    "os": str,
}


def id_part(axis: str, value: str) -> str:
    """Return what an axis adds to an id ("-torch2.13.0"), nothing for auto."""
    if value == AUTO:
        return ""
    spelling = _SPELLING.get(axis)
    return "-" + (spelling(value) if spelling else axis + value)


def id_of(family: str, axes: Mapping[str, str]) -> str:
    """Return the id of a family's combination: its name and every declared axis in fixed order."""
    return family + "".join(id_part(axis, axes[axis]) for axis in AXES if axis in axes)
