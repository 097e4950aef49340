"""Names that the checks and their fixtures share."""

import os.path
import shlex
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from validation.model import Image, Record
from validation.prove.receipt import LayerFacts

PROBES = Path(__file__).parents[1] / "probes"
PYTHON = "/opt/venv/bin/python"

IMPORTED_FROM = (
    "import os, sys; found = [p for p in [*sys.path, sys.executable] if os.path.exists(p or '.')]; "
    "print(*map(os.path.realpath, found), sep='\\n')"
)
"""Prints what Python runs from. Asked without -I: the current folder and PYTHONPATH count, as they
do for the service.
"""

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


def brings_tools(image: Image) -> bool:
    """Return True for a base with build tools by design: devel, cudnn-devel, somebody else's."""
    return image.source in {"ngc", "rootfs"} or (image.flavor or "").endswith("devel")


def find_writable(paths: Iterable[str], uid: str, gid: str) -> str:
    """Return the shell command that names files and folders below `paths` that a user may write.

    A path that is itself a link is followed, since a base's own environment is reached by one.
    uv leaves /opt/venv/.lock open to everyone: an empty file that only installers look at.
    """
    names = sorted({os.path.normpath(path) for path in paths})
    tops = [name for name in names if not any(name.startswith(f"{other}/") for other in names)]
    return (
        f"find -H {shlex.join(tops)} ! -type l ! -path /opt/venv/.lock"
        rf" \( -uid {shlex.quote(uid)} -o -perm -0002 -o -gid {shlex.quote(gid)} -perm -0020 \)"
        " -print | head -n 5"
    )


def probe_failure(name: str, status: int, said: str) -> str:
    """Return how a probe ended that did not answer; a crash may have said nothing at all."""
    try:
        ended = f"was ended by {signal.Signals(status - 128).name}"
    except ValueError:
        ended = "failed"
    return f"the probe {name} {ended}: {said.strip() or 'it said nothing'}"


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether `condition` came true within `seconds`; asked twice a second."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True
