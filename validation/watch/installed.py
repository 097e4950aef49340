"""What a file installs on its base, as far as the resolver has axes for it.

Pure; imports facts, matrix and model only.
"""

import re
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.questions import torch_release
from validation.facts.versions import comparisons, is_version
from validation.matrix.constraints.companions import COMPANIONS
from validation.model import Record

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?(?P<bound>[^;)@]*)", re.ASCII
)
_AXES = {
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "onnxruntime-gpu": "onnxruntime",
    **{companion: companion for companion in COMPANIONS},
}


class Installed(Record, frozen=True, kw_only=True):
    """What is known of a file's installs.

    `torch` is its pinned release ("2.2.0"), `bound` a range where it is not pinned ("" is any),
    `has_torch` says that it is there at all. `variant` is the wheel flavour that the pin names
    ("cu121"), "" where it names none. `python` is "3.11" or "". `pins` are other packages pinned
    exactly that the resolver has axes for.
    """

    has_torch: bool = False
    torch: str = ""
    bound: str = ""
    variant: str = ""
    python: str = ""
    pins: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=4096)
def installed_of(installs: tuple[str, ...]) -> Installed:
    """Return what requirements ("torch==2.2.0+cu121", "python==3.11") say; others are left out."""
    torch = bound = variant = python = ""
    has_torch = False
    pins: dict[str, str] = {}
    for text in installs:
        name, pinned, rest = _read(text)
        if name == "torch":
            has_torch = True
            torch, _, variant = pinned.partition("+")
            bound = "" if pinned else rest
        elif name == "python" and pinned:
            python = ".".join(pinned.split(".")[:2])
        elif name in _AXES and pinned:
            pins[_AXES[name]] = pinned.partition("+")[0]
        elif name.startswith("cupy") and pinned:
            pins["cupy"] = pinned
    return Installed(
        has_torch=has_torch,
        torch=torch,
        bound=bound,
        variant=variant,
        python=python,
        pins=tuple(sorted(pins.items())),
    )


def _read(text: str) -> tuple[str, str, str]:
    """Return a requirement's normal name, the release that it pins or "", and its bound."""
    found = _REQUIREMENT.match(text)
    if found is None:
        return "", "", ""
    name = re.sub(r"[-_.]+", "-", found["name"]).lower()  # PEP 503
    bound = found["bound"].strip()
    parts = comparisons(bound)
    exact = [other for operator, other in parts if operator in {"==", "==="}]
    if len(parts) == 1 and exact and is_version(exact[0]):
        return name, exact[0], bound
    return name, "", bound if all(is_version(other) for _, other in parts) else ""


def variant_of_torch(facts: Facts, installed: Installed, cuda: str | None) -> str:
    """Return the wheel flavour that is installed: the pin's, else the base's CUDA, else PyPI's."""
    if installed.variant or not installed.has_torch:
        return installed.variant
    release = torch_release(facts, installed.torch) if installed.torch else None
    of_base = "cu" + cuda.replace(".", "") if cuda else ""
    if release is not None and of_base not in release.variants:
        return release.pypi.variant or of_base
    return of_base
