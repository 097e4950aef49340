"""The grammar of matrix.yaml: sections, their keys, and what each key's value may be.

Pure; imports scalars. The one truth about the file's shape: `read` checks a file against it and
`schema` turns it into the JSON Schema that editors use. `about` is what an editor shows.
"""

from typing import Literal

from validation.matrix import scalars
from validation.matrix.scalars import Kind
from validation.model import Record


class Field(Record, frozen=True, kw_only=True):
    """One key's value: a scalar of `kind`, or the keys of a nested `section`.

    `many` says whether a list may stand there: never, also, or only. `empty` allows an empty
    list. `named` is for a section whose keys are names that the person chooses, checked by `kind`.
    """

    about: str
    kind: Kind | None = None
    section: "dict[str, Field] | None" = None
    named: bool = False
    many: Literal["no", "also", "only"] = "no"
    empty: bool = False
    required: bool = False


def _axis(kind: Kind, about: str) -> Field:
    return Field(about=about, kind=kind, many="also")


_AUTO = "; auto: the newest that fits"

AXES: dict[str, Field] = {
    "cuda": _axis(scalars.CUDA, "CUDA, major.minor: fixes the wheel variant and the base alike"),
    "torch": _axis(scalars.RELEASE, "PyTorch release; without cuda its cpu variant"),
    "torchvision": _axis(scalars.AXIS_RELEASE, "torchvision release" + _AUTO),
    "torchaudio": _axis(scalars.AXIS_RELEASE, "torchaudio release" + _AUTO),
    "cupy": _axis(scalars.AXIS_RELEASE, "CuPy release" + _AUTO),
    "numpy": _axis(scalars.AXIS_RELEASE, "NumPy release" + _AUTO),
    "onnx": _axis(scalars.AXIS_RELEASE, "ONNX release" + _AUTO),
    "onnxruntime": _axis(scalars.AXIS_RELEASE, "ONNX Runtime release" + _AUTO),
    "python": _axis(scalars.PYTHON, "Python, major.minor; quote it, or editors read 3.10 as 3.1"),
    "flavor": _axis(scalars.FLAVOR, "flavor of an nvidia-cuda base"),
    "os": _axis(scalars.OS, "distribution and release"),
}
"""Axes in the fixed order in which an id names them."""

FLEET: dict[str, Field] = {
    "drivers": Field(about="NVIDIA drivers on the hosts, a PEP 440 range", kind=scalars.SPECIFIER),
    "gpus": Field(about="compute capabilities of the hosts", kind=scalars.GPU, many="only"),
}

REVIEW: dict[str, Field] = {
    "every": Field(about="how often", kind=scalars.EVERY, required=True),
    "anchor": Field(
        about="a day on which a review falls; the others follow from it",
        kind=scalars.DATE,
        required=True,
    ),
}

BECAUSE = "because"
_VARIED: dict[str, Field] = {
    **AXES,
    "patch": Field(
        about="the one CUDA release that an nvidia-cuda base must have, such as 12.1.0;"
        " without it the newest published",
        kind=scalars.RELEASE,
    ),
    "packages": Field(
        about="further requirements (PEP 508), unpinned: the lock pins them",
        kind=scalars.REQUIREMENT,
        many="only",
        empty=True,
    ),
    "platforms": Field(about="platforms to build for", kind=scalars.PLATFORM, many="only"),
    "fleet": Field(about="what differs from the fleet of all families", section=FLEET),
    "budget": Field(about="largest unpacked size; MB are 10^6 bytes", kind=scalars.SIZE),
    BECAUSE: Field(about="why it is as it is; stands in the Dockerfile", kind=scalars.TEXT),
}
"""What may differ from block to block of one family."""

FAMILY: dict[str, Field] = {
    "base": Field(about="where the base image comes from", kind=scalars.BASE, required=True),
    "template": Field(
        about="templates/<name>.Dockerfile.j2; without it the base's name", kind=scalars.TEMPLATE
    ),
    "workload": Field(
        about="which half of the trainer it serves", kind=scalars.WORKLOAD, required=True
    ),
    **_VARIED,
    "each": Field(
        about="blocks, each of which completes this family on its own: axes multiply within a"
        " block, not between blocks; what a block says stands for what the family says",
        section=_VARIED,
        many="only",
    ),
}

EXCLUDE: dict[str, Field] = {
    **{
        axis: Field(
            about=f"{axis}: value, prefix, range, glob, or a list", kind=scalars.TEST, many="also"
        )
        for axis in ("family", "base", "workload", "variant", *AXES)
    },
    BECAUSE: Field(about="why; shown to whoever asks", kind=scalars.TEXT, required=True),
}

SUPPRESS: dict[str, Field] = {
    "rule": Field(about="a rule's id, as in docs/rules.md", kind=scalars.TEXT, required=True),
    "file": Field(about="a glob over the files in which it holds", kind=scalars.TEXT),
    "reference": Field(about="a glob over the bases for which it holds", kind=scalars.TEXT),
    "until": Field(about="the day from which on it is raised", kind=scalars.DATE, required=True),
    BECAUSE: Field(about="why; shown in every report", kind=scalars.TEXT, required=True),
}

MATRIX: dict[str, Field] = {
    "version": Field(about="version of this format", kind=scalars.FORMAT, required=True),
    "repository": Field(
        about="images are tagged <repository>:<id>", kind=scalars.REPOSITORY, required=True
    ),
    "default": Field(
        about="selectors of what verbs work on when they get none", kind=scalars.TEXT, many="also"
    ),
    "uv": Field(
        about="release of uv, the installer in builds", kind=scalars.RELEASE, required=True
    ),
    "fleet": Field(about="the hosts that images must run on; families may differ", section=FLEET),
    "review": Field(about="when bases are reviewed", section=REVIEW),
    "os_support": Field(
        about="which end of a distribution counts: the security team's (standard) or the long-term"
        " team's (lts)",
        kind=scalars.OS_SUPPORT,
    ),
    "suppress": Field(
        about="findings of a scan that are known, until a day",
        section=SUPPRESS,
        many="only",
        empty=True,
    ),
    "images": Field(
        about="families: a name, and the axes that expand to its images",
        kind=scalars.FAMILY,
        section=FAMILY,
        named=True,
        required=True,
    ),
    "exclude": Field(
        about="combinations not wanted: terms that all hold, and because",
        section=EXCLUDE,
        many="only",
        empty=True,
    ),
}

REQUIRED_BY_BASE: dict[str, tuple[str, ...]] = {
    "distro": ("os", "python"),
    "nvidia-cuda": ("cuda", "os", "python"),
    "ngc": (),
    "rootfs": ("os", "python"),
}
"""Axes without which nothing of a base can be named. An NGC image brings its own of each."""

REQUIRED_BY_WORKLOAD: dict[str, tuple[str, ...]] = {
    "training": ("torch",),
    "inference": ("onnxruntime",),
}
"""Axes without which a workload cannot run; NGC images bring torch."""
