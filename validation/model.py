"""The nouns that every stage shares: frozen, keyword-only records.

Imports `errors` only. Nothing is ever parsed back out of an id: the record carries it all.
Versions are source text in PEP 440 spelling; compare them with `packaging.version.Version`.
"""

from typing import Literal

import msgspec

Source = Literal["distro", "nvidia-cuda", "ngc", "rootfs"]
"""Where a base comes from: a plain distribution image, nvidia/cuda, NGC PyTorch, an imported host."""

Workload = Literal["training", "inference"]
"""Which half of the trainer package an image serves."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: immutable, keyword-only, encodable as JSON."""


class Fleet(Record):
    """The hosts an image has to run on.

    `drivers` is a PEP 440 specifier over NVIDIA driver versions (">=535"); `gpus` are compute
    capabilities ("sm_90").
    """

    drivers: str
    gpus: tuple[str, ...]


class Image(Record):
    """One resolved combination of a family's axes. `id` is unique, stable and a valid Docker tag.

    `base` is the public reference that FROM names (None for a rootfs, which has no public one).
    `cuda` is "major.minor" or None for CPU images; `variant` is PyTorch's wheel flavour. Package
    fields hold an exact version or None when the image does not contain the package.
    `requirements` are the direct requirements that the lock is made from. `budget_mb` is the
    largest allowed unpacked size in megabytes (10^6 bytes).
    """

    id: str
    family: str
    template: str
    workload: Workload
    base: str | None
    source: Source
    os: str
    python: str
    flavor: str | None = None
    cuda: str | None = None
    variant: str | None = None
    torch: str | None = None
    torchvision: str | None = None
    torchaudio: str | None = None
    cupy: str | None = None
    numpy: str | None = None
    onnx: str | None = None
    onnxruntime: str | None = None
    opset: int | None = None
    platforms: tuple[str, ...] = ("linux/amd64",)
    requirements: tuple[str, ...] = ()
    fleet: Fleet
    budget_mb: int

    @property
    def device(self) -> Literal["cpu", "cuda"]:
        """What the image is made to compute on."""
        return "cpu" if self.cuda is None else "cuda"


class Reason(Record):
    """Why a combination cannot be: the constraint's name, a sentence, the fact and its source."""

    constraint: str
    message: str
    fact: str
    source: str


class Move(Record):
    """One axis changed on the way to a neighbour."""

    axis: str
    old: str
    new: str


class Neighbour(Record):
    """A possible image near an impossible candidate: its axes and the moves that lead there."""

    axes: dict[str, str]
    moves: tuple[Move, ...]


class Skip(Record):
    """A combination that is not built, with every reason and the nearest possible images."""

    family: str
    axes: dict[str, str]
    reasons: tuple[Reason, ...]
    nearest: tuple[Neighbour, ...] = ()


class Plan(Record):
    """What the matrix comes to: the images that can exist and the combinations that cannot."""

    images: tuple[Image, ...]
    skipped: tuple[Skip, ...] = ()
