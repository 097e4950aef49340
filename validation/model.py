"""The nouns that every stage shares: frozen, keyword-only records.

Imports `errors` only. Nothing is ever parsed back out of an id: the record carries it all.
Versions are source text in PEP 440 spelling; compare them with `packaging.version.Version`.
"""

import datetime
from pathlib import Path
from typing import Literal

import msgspec

Source = Literal["distro", "nvidia-cuda", "ngc", "rootfs"]
"""Where a base comes from: a plain distribution, nvidia/cuda, NGC PyTorch, an imported host."""

TORCH_IN_BASE: frozenset[Source] = frozenset({"ngc", "rootfs"})
"""Bases that bring torch: it is protected, and never installed."""

Workload = Literal["training", "inference"]
"""Which half of the trainer package an image serves."""


Every = Literal["month", "quarter", "half-year", "year"]
"""How often bases are reviewed."""

OsSupport = Literal["standard", "lts"]
"""Which end of a distribution counts: the security team's, or the long-term team's."""


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of all records: immutable, keyword-only, encodable as JSON.

    The garbage collector passes them by: what never changes never closes a cycle, and a plan of
    a hundred thousand records would be walked over and over.
    """


class Schedule(Record, frozen=True, kw_only=True):
    """When bases are reviewed: on the anchor's day of every month, quarter, half-year or year."""

    every: Every
    anchor: datetime.date


class Suppression(Record, frozen=True, kw_only=True):
    """A finding that is known and not raised before `until`: the rule, where, and why.

    `file` and `reference` are globs, "" for any. `line` is where it is written; `target` is the
    one line that a comment in a scanned file speaks of, 0 for an entry of matrix.yaml.
    """

    rule: str
    because: str
    until: datetime.date
    file: str = ""
    reference: str = ""
    line: int = 0
    target: int = 0


class Fleet(Record, frozen=True, kw_only=True):
    """The hosts an image has to run on.

    `drivers` is a PEP 440 specifier over NVIDIA driver versions (">=535"); `gpus` are compute
    capabilities ("sm_90").
    """

    drivers: str
    gpus: tuple[str, ...]


class Family(Record, frozen=True, kw_only=True):
    """An entry under `images:` in matrix.yaml: the axes that it declares and what they share.

    `axes` maps each declared axis (cuda, torch, torchvision, torchaudio, cupy, numpy, onnx,
    onnxruntime, python, flavor, os) to its values in source text and order; "auto" asks the
    resolver. An axis that is not declared is absent. `packages` are further requirements (PEP 508).
    `patch` is the one CUDA release that the base must have (None: the newest published of its
    major.minor); `because` says why the family is as it is. An entry with `each` is one family a
    block, all of one name. `line` and `column` are the entry's or block's place in matrix.yaml.
    """

    name: str
    base: Source
    template: str
    workload: Workload
    axes: dict[str, tuple[str, ...]]
    packages: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ("linux/amd64",)
    fleet: Fleet
    budget_mb: int
    patch: str | None = None
    because: str = ""
    line: int = 0
    column: int = 0


class Candidate(Record, frozen=True, kw_only=True, gc=False):
    """One combination of a family's axes, wished for and not yet resolved.

    Left to reference counting (`gc=False`): it can hold no cycle, and there may be 200,000 of them.
    """

    family: Family
    axes: dict[str, str]


class Exclude(Record, frozen=True, kw_only=True):
    """Combinations that matrix.yaml rules out: terms that must all hold, and why.

    `where` maps an axis (or family, base, workload, variant) to values, ranges or globs in source
    text, one of which must hold. `line` and `column` are the entry's place in matrix.yaml.
    """

    where: dict[str, tuple[str, ...]]
    because: str
    line: int = 0
    column: int = 0


class Matrix(Record, frozen=True, kw_only=True):
    """matrix.yaml, checked: families in file order, excludes, the default selection.

    `repository` is what images are tagged with (`<repository>:<id>`); `default` are the selectors
    used when none is given (none here: everything), `default_places` the line and column of each;
    `uv` is the pinned installer that builds use. `name` is the file's name, for messages.
    `review` says when bases are reviewed (None: not declared), `os_support` which end of a
    distribution counts, `suppress` which findings of a scan are known.
    """

    name: str = "matrix.yaml"
    repository: str
    default: tuple[str, ...]
    default_places: tuple[tuple[int, int], ...] = ()
    uv: str
    fleet: Fleet
    families: tuple[Family, ...]
    excludes: tuple[Exclude, ...] = ()
    review: Schedule | None = None
    os_support: OsSupport = "standard"
    suppress: tuple[Suppression, ...] = ()


class Project(Record, frozen=True, kw_only=True):
    """The folders that a command works in: a checkout's root and the person's cache."""

    root: Path
    cache: Path

    @property
    def matrix(self) -> Path:
        """The one file that a user edits."""
        return self.root / "matrix.yaml"

    @property
    def templates(self) -> Path:
        """Jinja text of the Dockerfiles."""
        return self.root / "templates"

    @property
    def images(self) -> Path:
        """Rendered and committed: one folder per image."""
        return self.root / "images"

    @property
    def trainer(self) -> Path:
        """The workload that is copied into the images."""
        return self.root / "trainer"

    @property
    def out(self) -> Path:
        """Receipts, models, logs and reports; never committed."""
        return self.root / "out"


class Image(Record, frozen=True, kw_only=True):
    """One resolved combination of a family's axes. `id` is unique, stable and a valid Docker tag.

    `base` is the public reference that FROM names (None for a rootfs, which has no public one).
    `cuda` is "major.minor" or None for CPU images; `variant` is PyTorch's wheel flavour. Package
    fields hold an exact version or None when the image does not contain the package.
    `python_from` says how Python comes in: the distribution's own package ("os"), the installer's
    managed build ("uv"), or already in the base ("base"). `torch_index` says where torch,
    torchvision and torchaudio come from: PyPI itself, which carries one variant of each release,
    or PyTorch's index of the variant, whose address is `torch_index_url` (None for PyPI).
    `requirements` are the direct requirements that the lock is made from. `budget_mb` is the
    largest allowed unpacked size in megabytes (10^6 bytes). `loader_path` says that the dynamic
    loader has to be told where the wheels' CUDA libraries lie; `because` why the image is as it is.
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
    python_from: Literal["os", "uv", "base"] = "os"
    torch_index: Literal["pypi", "pytorch"] | None = None
    torch_index_url: str | None = None
    loader_path: bool = False
    platforms: tuple[str, ...] = ("linux/amd64",)
    requirements: tuple[str, ...] = ()
    fleet: Fleet
    budget_mb: int
    because: str = ""

    @property
    def torch_from_base(self) -> bool:
        """True when torch, and whatever else is there, is the base's own and stays as it is."""
        return self.source in TORCH_IN_BASE

    @property
    def device(self) -> Literal["cpu", "cuda"]:
        """What the image is made to compute on."""
        return "cpu" if self.cuda is None else "cuda"


class Reason(Record, frozen=True, kw_only=True):
    """Why a combination cannot be: the constraint's name, a sentence, the fact and its source.

    `unknown` says that the facts do not tell: the combination is not ruled out, and it is not
    proven either, so that it is not built.
    """

    constraint: str
    message: str
    fact: str
    source: str
    unknown: bool = False


class Move(Record, frozen=True, kw_only=True):
    """One axis changed on the way to a neighbour."""

    axis: str
    old: str
    new: str


class Neighbour(Record, frozen=True, kw_only=True):
    """A possible image near an impossible candidate: its axes and the moves that lead there."""

    axes: dict[str, str]
    moves: tuple[Move, ...]


class Skip(Record, frozen=True, kw_only=True):
    """A combination that is not built, with every reason and the nearest possible images.

    `id`, `source`, `template` and `workload` are what its image would have; a plan fills them in,
    so that selectors find skipped combinations too.
    """

    id: str = ""
    family: str
    source: str = ""
    template: str = ""
    workload: str = ""
    axes: dict[str, str]
    reasons: tuple[Reason, ...]
    nearest: tuple[Neighbour, ...] = ()

    @property
    def unknown(self) -> bool:
        """True when nothing rules it out, and the facts do not prove it either."""
        return all(reason.unknown for reason in self.reasons)


class Plan(Record, frozen=True, kw_only=True):
    """What the matrix comes to: the images that can exist and the combinations that cannot."""

    images: tuple[Image, ...]
    skipped: tuple[Skip, ...] = ()
