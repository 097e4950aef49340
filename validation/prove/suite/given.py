"""Names that the checks and their fixtures share."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from validation.model import Image, Record
from validation.prove.receipt import LayerFacts

PROBES = Path(__file__).parents[1] / "probes"
PYTHON = "/opt/venv/bin/python"

_MODULES = {
    **{f"cupy-cuda{major}x": "cupy" for major in (11, 12, 13)},
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
"""Import names that are not the distribution's name with `-` as `_`."""

Probe = Callable[..., dict[str, Any]]
Tell = Callable[[str], None]
Figures = Callable[..., None]


class Described(Record, frozen=True, kw_only=True):
    """What the engine says of the built image: its configuration, history and size in bytes."""

    config: dict[str, Any]
    labels: dict[str, str]
    environment: dict[str, str]
    history: tuple[str, ...]
    layers: tuple[LayerFacts, ...]
    size: int


def modules_of(image: Image) -> list[str]:
    """Return the import names of what an image declares: torch, CuPy, its direct requirements.

    A base may bring torch and CuPy, which then are no requirements. NVIDIA's wheels of libraries
    and headers have nothing to import.
    """
    declared = [name for name, version in (("torch", image.torch), ("cupy", image.cupy)) if version]
    names = [canonicalize_name(Requirement(text).name) for text in image.requirements]
    required = [
        _MODULES.get(name, name.replace("-", "_"))
        for name in names
        if not name.startswith(("nvidia-", "cupy-cuda"))
    ]
    return list(dict.fromkeys([*declared, *required]))


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether `condition` came true within `seconds`; asked twice a second."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True
