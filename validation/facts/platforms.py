"""The shapes of facts about what images stand on: CUDA, drivers, GPUs, distributions, NGC.

Imports `facts.records` and `model` only; the conventions are told in `facts.records`.
"""

from validation.facts.records import Note, Table
from validation.model import Record


class Toolkit(Record, frozen=True, kw_only=True):
    """A CUDA toolkit release; `linux_driver` is the driver that it came with, None: not found."""

    released: str
    precision: str
    linux_driver: str | None
    source: str


class MinimumDriver(Record, frozen=True, kw_only=True):
    """The driver that a CUDA major runs under by minor-version compatibility.

    Two sources, kept both: release notes name a version, the compatibility guide a branch.
    """

    driver: str
    source: str
    branch: str
    branch_source: str


class ToolkitTable(Table, frozen=True, kw_only=True):
    """CUDA toolkits by version; minimum drivers by CUDA major."""

    minimum_driver: dict[str, MinimumDriver]
    notes: tuple[Note, ...]
    toolkits: dict[str, Toolkit]


class VanishedTags(Record, frozen=True, kw_only=True):
    """Flavors that the registry had and was noticed on a day not to have."""

    noticed: str
    flavors: tuple[str, ...]


class CudaImage(Record, frozen=True, kw_only=True):
    """The published tags of one CUDA version on one OS: the words between the two in the tag.

    `vanished` are tags that were there once.
    """

    cuda: str
    os: str
    flavors: tuple[str, ...]
    vanished: tuple[VanishedTags, ...] = ()
    source: str


class CudaImageTable(Table, frozen=True, kw_only=True):
    """nvidia/cuda tags, ordered by CUDA version."""

    repository: str
    mirror: str
    tag: str
    notes: tuple[Note, ...]
    images: tuple[CudaImage, ...]


class Tags(Record, frozen=True, kw_only=True):
    """A list of tags in a document."""

    tags: tuple[str, ...]
    source: str


class Versions(Record, frozen=True, kw_only=True):
    """A list of CUDA versions in a document."""

    versions: tuple[str, ...]
    source: str


class VersionsByOs(Record, frozen=True, kw_only=True):
    """CUDA versions by OS in a document."""

    versions: dict[str, tuple[str, ...]]
    source: str


class CudaTagTable(Table, frozen=True, kw_only=True):
    """What NVIDIA's own lists say of tags; the lists contradict each other, both are kept."""

    notes: tuple[Note, ...]
    supported: Tags
    unsupported: Tags
    flagged: Versions
    moved_to_end_of_life: Versions
    later_lists: tuple[VersionsByOs, ...]


class ChartRow(Record, frozen=True, kw_only=True):
    """A row of NVIDIA's end-of-life chart."""

    cuda: tuple[str, ...]
    eol: str
    deletion_estimate: str
    source: str


class Flag(Record, frozen=True, kw_only=True):
    """The environment variable that makes an image announce its end of life."""

    env: str
    rule: str
    blind_spots: tuple[str, ...]
    source: str


class CudaEolTable(Table, frozen=True, kw_only=True):
    """When images of a CUDA version end, by policy, chart and flag."""

    policy: tuple[Note, ...]
    chart: tuple[ChartRow, ...]
    flag: Flag
    reality: Note


class Ending(Record, frozen=True, kw_only=True):
    """An end-of-life date as one source gives it."""

    date: str
    source: str


class Branch(Record, frozen=True, kw_only=True):
    """A driver branch; sources that disagree on its end are kept beside each other."""

    lts: bool
    eol: tuple[Ending, ...]
    source: str


class DriverTable(Table, frozen=True, kw_only=True):
    """NVIDIA driver branches."""

    branches: dict[str, Branch]


class Gpu(Record, frozen=True, kw_only=True):
    """A GPU's architecture and the CUDA releases that compile for it. None: no limit recorded."""

    name: str
    since_cuda: str | None
    until_cuda_major: int | None
    last_driver: str | None
    source: str


class GpuTable(Table, frozen=True, kw_only=True):
    """GPUs by "sm_90"."""

    notes: tuple[Note, ...]
    gpus: dict[str, Gpu]


class Card(Record, frozen=True, kw_only=True):
    """A GPU as it is sold, under the names that the driver gives it, and its stated ceilings.

    `half_tflops` is the dense peak of the tensor cores for bfloat16 and float16 with float32 sums,
    in 10^12 operations a second; `tb_per_s` the memory's bandwidth, in 10^12 bytes a second;
    `watts` the largest power that the board may draw.
    """

    names: tuple[str, ...]
    half_tflops: float
    tb_per_s: float
    watts: int
    source: str


class CardTable(Table, frozen=True, kw_only=True):
    """Ceilings of GPUs; datasheets that state sparse peaks are halved."""

    notes: tuple[Note, ...]
    cards: tuple[Card, ...]


class OsRelease(Record, frozen=True, kw_only=True):
    """A distribution release: its own Python and glibc (None: not known), its public image."""

    python: str | None
    glibc: str | None
    released: str
    released_source: str
    eol: str
    lts_eol: str | None
    eol_source: str
    image: str
    image_source: str
    platforms: tuple[str, ...]
    unusable_pythons: dict[str, Note] = {}  # noqa: RUF012  (msgspec copies an empty default)
    source: str


class OsEnd(Record, frozen=True, kw_only=True):
    """When a distribution release ends: by its security team, and by its long-term team if any."""

    eol: str
    lts_eol: str | None
    source: str


class OsTable(Table, frozen=True, kw_only=True):
    """Distribution releases by name: those that matrix.yaml may use, and the ends of others.

    `ends` are releases that nothing is built on here, of which scanned files may speak.
    """

    releases: dict[str, OsRelease]
    ends: dict[str, OsEnd]

    def end_of(self, os: str) -> OsEnd | None:
        """Return when a release ends, None where neither table has it."""
        known = self.releases.get(os)
        if known is None:
            return self.ends.get(os)
        return OsEnd(eol=known.eol, lts_eol=known.lts_eol, source=known.eol_source)


class ManagedPython(Record, frozen=True, kw_only=True):
    """A Python that the installer brings itself, where the distribution has none."""

    platforms: tuple[str, ...]
    prerelease: bool
    source: str


class PythonTable(Table, frozen=True, kw_only=True):
    """Pythons that uv can install, by "3.11"."""

    managed: dict[str, ManagedPython]


class NgcRelease(Record, frozen=True, kw_only=True):
    """An NGC PyTorch image.

    `os` and `python` are what it brings, `sm` the compute capabilities that its torch is compiled
    for and `ptx` whether PTX of the highest is carried too. None: not read.
    """

    cuda: str
    torch: str
    os: str | None = None
    python: str | None = None
    sm: tuple[int, ...] | None = None
    ptx: bool = False
    source: str


class NgcTable(Table, frozen=True, kw_only=True):
    """NGC PyTorch images by release."""

    repository: str
    tag: str
    notes: tuple[Note, ...]
    releases: dict[str, NgcRelease]


class TrapTable(Table, frozen=True, kw_only=True):
    """Things that look possible and fail, by id."""

    traps: dict[str, Note]
