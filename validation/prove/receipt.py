"""The receipt: what was proven about one built image, when, on what, and what was measured.

Pure; imports model only. `validation.prove.store` keeps receipts on disk.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from validation.model import Image, Record, Workload

VERSION = 1
"""The receipts' format. A reader leaves out what it does not know, and says so."""

Outcome = Literal["passed", "failed", "skipped"]

Verdict = Literal["proven", "incomplete", "failed"]
"""What a receipt comes to; `incomplete`: nothing failed, and a key proof did not run."""

KEY_PROOFS: Mapping[Workload, tuple[str, ...]] = {
    "training": ("smoke.trains", "parity.agrees"),
    "inference": ("parity.agrees",),
}
"""The proofs without which nothing is proven (docs/DOCKER_IMAGE_POLICY.md, rule 2): a model was
trained and exported in the image and read back; an inference image read one back."""

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says its zone: one that does not cannot be compared with the others."""


class Proof(Record, frozen=True, kw_only=True):
    """One thing that was to be proven, and how that ended.

    `name` is "<topic>.<check>"; `about` says what it proves. `reason` is empty for a pass, the
    failure's message, or why it was skipped: a skip is never a pass. `measured` is what was found,
    in words, `figures` the numbers of it by name and unit ("copy_tb_per_s"); `notes` are remarks
    that change nothing. `seconds` is wall time.
    """

    name: str
    outcome: Outcome
    seconds: float = 0.0
    about: str = ""
    reason: str = ""
    measured: str = ""
    figures: dict[str, float] = {}  # noqa: RUF012  (msgspec copies an empty default)
    notes: tuple[str, ...] = ()


class Counts(Record, frozen=True, kw_only=True):
    """How many proofs ran to each outcome."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def ran(self) -> int:
        """Proofs that ran; a skipped one did not."""
        return self.passed + self.failed

    def __add__(self, other: "Counts") -> "Counts":
        """Return the sums."""
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
        )


def count(proofs: Iterable[Proof]) -> Counts:
    """Return how many of `proofs` ended in each way."""
    outcomes = [proof.outcome for proof in proofs]
    return Counts(
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        skipped=outcomes.count("skipped"),
    )


class BaseFacts(Record, frozen=True, kw_only=True):
    """What the image stands on.

    `reference` is the public name, `digest` what was really built on, `how` whether that came
    from a registry or is a bootstrap stand-in ("unknown" where the image does not tell).
    """

    reference: str
    digest: str
    how: str


class BuiltFacts(Record, frozen=True, kw_only=True):
    """The built image: its id ("sha256:…"), unpacked size in bytes, and when it was made.

    `built_in` is the place that built it, as people call it ("context gpu-1"); "" where no record
    of that is at hand.
    """

    image_id: str
    tag: str
    size: int
    created: str
    inputs: str
    revision: str
    built_in: str = ""


class LayerFacts(Record, frozen=True, kw_only=True):
    """One layer of the built image: its digest ("sha256:…"), what it holds, unpacked bytes.

    `group` is one word for what made it (base, system, python, torch, packages, trainer); layers
    of the same digest in two images are one on disk.
    """

    digest: str
    group: str
    size: int


class GpuFacts(Record, frozen=True, kw_only=True):
    """The GPUs that the container had, as the driver itself tells them.

    `names` has one entry for each GPU and `capabilities` ("sm_90") too; `memory` is the first
    one's, in bytes. `driver` is the kernel driver's version, `driver_cuda` the newest CUDA that
    it knows; `cuda` is the image's own.
    """

    names: tuple[str, ...]
    capabilities: tuple[str, ...]
    memory: int
    driver: str
    driver_cuda: str
    cuda: str


class EngineFacts(Record, frozen=True, kw_only=True):
    """The engine that ran the proofs: its version, and whether it is our private one.

    `place` is what people call it ("context gpu-1").
    """

    version: str
    private: bool
    storage: str
    kernel: str
    place: str = ""


class HostFacts(Record, frozen=True, kw_only=True):
    """The machine's kind, without its name: architecture, processors, memory in bytes."""

    machine: str
    system: str
    processors: int
    memory: int


class SmokeFacts(Record, frozen=True, kw_only=True):
    """What the training run inside the container measured, in the trainer's own words.

    `measured` is smoke.json as it was written: losses, factor, seconds, device, opset, ….
    """

    seconds: float
    measured: dict[str, object]


class ParityFacts(Record, frozen=True, kw_only=True):
    """How far ONNX Runtime is from torch on fresh inputs, measured in the inference image.

    `error` is the largest absolute difference of any output, None where no output was compared.
    `measured` is what `trainer check` wrote: all differences, the tolerances, the versions.
    """

    image: str
    image_id: str
    seconds: float
    error: float | None
    measured: dict[str, object]


class ModelFacts(Record, frozen=True, kw_only=True):
    """The exported model: its place under out/, SHA-256 and size in bytes.

    `parity_sha256` is that of the fresh inputs and torch's answers kept beside it.
    """

    path: str
    sha256: str
    size: int
    parity_sha256: str = ""


class Receipt(Record, frozen=True, kw_only=True):
    """What was proven about one built image in one run. Times are UTC.

    `gpu` says in words what the container was given, or why nothing; `device` are the GPUs that
    it had, None where it had none. What training ran on is in `smoke.measured`.
    """

    version: int = VERSION
    run: str
    image: Image
    built: BuiltFacts
    base: BaseFacts
    engine: EngineFacts
    host: HostFacts
    gpu: str
    started: Time
    finished: Time
    proofs: tuple[Proof, ...]
    counts: Counts
    smoke: SmokeFacts | None = None
    parity: ParityFacts | None = None
    model: ModelFacts | None = None
    layers: tuple[LayerFacts, ...] = ()
    device: GpuFacts | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The key proofs of such an image that did not pass, by name."""
        passed = {proof.name for proof in self.proofs if proof.outcome == "passed"}
        return tuple(name for name in KEY_PROOFS[self.image.workload] if name not in passed)

    @property
    def verdict(self) -> Verdict:
        """What the proofs come to: proven only where every key proof passed and none failed."""
        if self.counts.failed:
            return "failed"
        return "incomplete" if self.missing else "proven"

    @property
    def proven(self) -> bool:
        """True when nothing failed and all key proofs passed."""
        return self.verdict == "proven"

    def why_missing(self) -> tuple[str, ...]:
        """Return a line for each key proof that did not pass: its name and the reason."""
        reasons = {proof.name: proof.reason.partition("\n")[0] for proof in self.proofs}
        return tuple(f"{name}: {reasons.get(name) or 'did not run'}" for name in self.missing)


def number(measured: Mapping[str, object], name: str) -> float | None:
    """Return a measured number by its name, or None where it was not measured."""
    value = measured.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def encode(receipt: Receipt) -> bytes:
    """Return a receipt as indented JSON, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2) + b"\n"


def decode(text: bytes) -> Receipt:
    """Return the receipt that `text` holds; raises `ValueError` that says what is wrong."""
    receipt = msgspec.json.decode(text, type=Receipt)
    if receipt.version != VERSION:
        raise ValueError(f"format version {receipt.version}, this tool reads {VERSION}")
    if receipt.counts != count(receipt.proofs):
        raise ValueError("its counts are not those of its proofs")
    return receipt
