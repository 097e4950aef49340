"""The shapes of facts about Python packages: torch, CuPy, NumPy, ONNX and its runtime.

Imports `facts.records` and `model` only; the conventions are told in `facts.records`.
"""

from validation.facts.records import Note, Table, Vanished
from validation.model import Record


class PypiWheel(Record, frozen=True, kw_only=True):
    """The linux/amd64 torch wheels on PyPI itself: one variant, and what is inside.

    None: the wheel's METADATA does not pin it, or (`sm`) nobody looked into the wheel yet.
    `vanished` are Pythons whose wheels were there once.
    """

    variant: str
    pythons: tuple[str, ...]
    cuda_runtime: str
    cudnn: str | None
    nccl: str | None
    triton: str | None
    sm: tuple[int, ...] | None
    glibc_tag: str
    vanished: tuple[Vanished, ...] = ()
    source: str


class Variant(Record, frozen=True, kw_only=True):
    """One wheel variant of a torch release on PyTorch's own index. None: not known.

    `sm` are the compute capabilities compiled in on linux/amd64, None for the CPU variant;
    `ptx` says that PTX of the highest of them is carried too. `wheels` (platform → Pythons) is
    there where the index was read wheel by wheel, and then tells exactly what `pythons` and
    `platforms` only bound. `vanished` are wheels that were there once.
    """

    pythons: tuple[str, ...] | None
    platforms: tuple[str, ...] | None
    sm: tuple[int, ...] | None
    ptx: bool
    wheels: dict[str, tuple[str, ...]] | None = None
    vanished: tuple[Vanished, ...] = ()
    source: str


class Export(Record, frozen=True, kw_only=True):
    """What torch.onnx.export of a release writes by default; None: not known."""

    torchscript_default_opset: int | None
    torchscript_max_opset: int | None
    dynamo_default: bool | None
    dynamo_default_opset: int | None
    dynamo_ir_version: int | None
    source: str


class TorchRelease(Record, frozen=True, kw_only=True):
    """One torch release. `variants_known` False: a variant that is not listed is unknown.

    `torchvision` and `torchaudio` are the releases that pair with it, None: not known.

    `torchaudio_variants` are the variants whose torchaudio works beside this torch and
    `torchaudio_not_variants` those with none; None: the same as torch's own.
    """

    released: str
    torchvision: str | None
    torchaudio: str | None
    torchaudio_note: str = ""
    torchaudio_variants: tuple[str, ...] | None = None
    torchaudio_not_variants: tuple[str, ...] = ()
    source: str
    pypi: PypiWheel
    variants_known: bool
    variants: dict[str, Variant]
    variants_source: str
    export: Export


class Index(Record, frozen=True, kw_only=True):
    """A package index; `{variant}` stands for the wheel variant in `url`."""

    url: str
    source: str


class GlibcFrom(Record, frozen=True, kw_only=True):
    """The glibc that wheels need from a release on."""

    since: str
    glibc: str
    source: str


class NumpyFrom(Record, frozen=True, kw_only=True):
    """The NumPy that works from a release on, as a PEP 440 specifier ("" is any)."""

    since: str
    bound: str
    source: str


class TorchTable(Table, frozen=True, kw_only=True):
    """torch releases by version, oldest first."""

    index: Index
    glibc: tuple[GlibcFrom, ...]
    numpy: tuple[NumpyFrom, ...]
    companions: Note
    notes: tuple[Note, ...]
    releases: dict[str, TorchRelease]


class PackageRelease(Record, frozen=True, kw_only=True):
    """One release of a package on PyPI.

    `wheels`: platform → lowest glibc that the wheels need → Pythons. `numpy` is the declared
    requirement on NumPy, None where it declares none or was not read. `vanished` are wheels that
    were there once.
    """

    released: str
    yanked: bool
    wheels: dict[str, dict[str, tuple[str, ...]]]
    numpy: str | None = None
    ctk_extra: bool = False
    vanished: tuple[Vanished, ...] = ()
    source: str


class PackageTable(Table, frozen=True, kw_only=True):
    """Final releases of one package on PyPI by version, oldest first."""

    package: str
    releases: dict[str, PackageRelease]


class CupyRange(Record, frozen=True, kw_only=True):
    """The CUDA versions that a CuPy package supports from a release on (PEP 440 specifier)."""

    package: str
    since: str
    cuda: str
    source: str


class CupyCompiled(Record, frozen=True, kw_only=True):
    """What a CuPy package is compiled for from a release on; `ptx` None: not known."""

    package: str
    since: str
    sm: tuple[int, ...]
    ptx: tuple[int, ...] | None
    source: str


class HeadersFrom(Record, frozen=True, kw_only=True):
    """The CUDA version from which every JIT kernel needs the runtime's headers."""

    cuda: str
    source: str


class CupyConflict(Record, frozen=True, kw_only=True):
    """Two releases that cannot be installed together when CuPy is asked for with an extra."""

    cupy: str
    torch: str
    extra: str
    text: str
    source: str


class CurandGone(Record, frozen=True, kw_only=True):
    """The torch release from which its wheels no longer bring libcurand."""

    torch: str
    text: str
    source: str


class FindsWheels(Record, frozen=True, kw_only=True):
    """The CuPy release from which it looks for CUDA's libraries in torch's wheels itself."""

    cupy: str
    text: str
    source: str


class CupyTable(Table, frozen=True, kw_only=True):
    """What CuPy says of itself beside its wheels; `packages` maps a CUDA major to its package."""

    packages: dict[str, str]
    ranges: tuple[CupyRange, ...]
    compiled: tuple[CupyCompiled, ...]
    headers_from_cuda: HeadersFrom
    notes: tuple[Note, ...]
    conflicts: tuple[CupyConflict, ...]
    finds_wheels: FindsWheels
    torch_without_curand: CurandGone


class Opset(Record, frozen=True, kw_only=True):
    """The newest IR version and opset that onnx knows from a release on."""

    since: str
    ir: int
    opset: int
    source: str


class OnnxTable(Table, frozen=True, kw_only=True):
    """onnx → IR → opset."""

    opsets: tuple[Opset, ...]


class OrtGpu(Record, frozen=True, kw_only=True):
    """What onnxruntime-gpu on PyPI is built against: CUDA ("12.x", "11.8") and cuDNN major."""

    cuda: str
    cudnn: str
    source: str


class OrtLimit(Record, frozen=True, kw_only=True):
    """The newest opset and IR version that an onnxruntime minor was seen to load."""

    max_opset: int
    max_ir: int
    gpu: OrtGpu | None
    source: str


class OrtTable(Table, frozen=True, kw_only=True):
    """onnxruntime limits by minor; releases of onnxruntime-gpu whose extras cannot be installed.

    `numpy` holds for onnxruntime and onnxruntime-gpu alike, whatever their METADATA declares.
    """

    numpy: tuple[NumpyFrom, ...]
    minors: dict[str, OrtLimit]
    broken_extras: dict[str, Note]
