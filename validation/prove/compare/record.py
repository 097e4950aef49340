"""The record of one comparison: what was checked, measured and found to differ.

Pure; imports prove.receipt and model. `compare.store` keeps records on disk.
"""

from datetime import datetime
from typing import Literal

import msgspec

from validation.model import Image, Record
from validation.prove.receipt import (
    BaseFacts,
    BuiltFacts,
    Counts,
    EngineFacts,
    HostFacts,
    Proof,
    count,
)

VERSION = 1
"""The records' format. A reader leaves out what it does not know, and says so."""

Verdict = Literal["same", "better", "worse", "noise", "unknown"]
"""How NEW's figure stands to OLD's. "noise": runs differ, but not more than by chance; "unknown":
too few runs to tell, or none. "same" is only said of what has no noise, such as a size."""


class Tolerance(Record, frozen=True, kw_only=True):
    """How far outputs may be from their reference.

    `absolute` is the largest difference of any value, `relative` the norm of the difference over
    the norm of the reference; `validation` the largest difference of a validation loss, in nats.
    """

    absolute: float
    relative: float
    validation: float


class Gap(Record, frozen=True, kw_only=True):
    """How far one output of one batch is from its reference.

    None stands for what is not finite: a NaN, or an output of another shape or type.
    """

    output: str
    batch: int
    absolute: float | None
    relative: float | None


class Carried(Record, frozen=True, kw_only=True):
    """What happened to the checkpoint of one image in another, `into`.

    Read with weights_only=True and loaded strictly: `loads` tells whether that worked, `reason`
    why not. `gaps` compare the outputs with those of its own image, on the same inputs, by device.
    `validation` is its loss, in nats, on examples that `into` synthesised itself; `restores`
    whether the optimiser took its state too. `weights_only_default` is what torch.load would have
    done unasked.
    """

    source: str
    into: str
    loads: bool
    reason: str = ""
    gaps: dict[str, tuple[Gap, ...]] = {}  # noqa: RUF012  (msgspec copies an empty default)
    restores: bool = False
    validation: float | None = None
    weights_only_default: bool | None = None


class Exported(Record, frozen=True, kw_only=True):
    """What an image's exporter wrote; `bytes` is the file's size."""

    exporter: str
    opset: int
    ir_version: int
    bytes: int


class Agreement(Record, frozen=True, kw_only=True):
    """How far one ONNX file's outputs are from a reference, on the reference's inputs.

    `model` and `reference` say in words what they are.
    """

    model: str
    reference: str
    gaps: tuple[Gap, ...]


class Onnx(Record, frozen=True, kw_only=True):
    """Where the ONNX files were run, by what ("onnxruntime 1.32.0"), and what came out."""

    image: str
    image_id: str
    runtime: str
    agreements: tuple[Agreement, ...]


class Learning(Record, frozen=True, kw_only=True):
    """What one training came to: loss in nats per coordinate, mean error in metres."""

    seed: int
    loss_first: float
    loss_last: float
    error_first: float
    error_last: float


class Side(Record, frozen=True, kw_only=True):
    """One of the two images: what it is, what is installed in it, what its trainings came to.

    `python` is the exact version; `packages` {normalised name: version}.
    """

    image: Image
    built: BuiltFacts
    base: BaseFacts
    python: str = ""
    packages: dict[str, str] = {}  # noqa: RUF012  (msgspec copies an empty default)
    exported: Exported | None = None
    learned: tuple[Learning, ...] = ()


class Figure(Record, frozen=True, kw_only=True):
    """One figure of both images: each run's value, in `unit`, in the order of the runs.

    `better` is the direction of the better value. `ratio` is NEW's median over OLD's. `chance` is
    how likely runs of equal images would lie this far apart (None where there is no noise, or too
    few runs to tell).
    """

    name: str
    unit: str
    better: Literal["higher", "lower"]
    old: tuple[float, ...]
    new: tuple[float, ...]
    old_median: float | None
    new_median: float | None
    ratio: float | None
    chance: float | None
    verdict: Verdict


class Change(Record, frozen=True, kw_only=True):
    """One thing that differs between the images, and what follows of it ("" where nothing known).

    `topic` is "image", "export" or "package"; `old` and `new` are "" for what is not there.
    """

    topic: Literal["image", "export", "package"]
    name: str
    old: str
    new: str
    matters: str = ""


class Comparison(Record, frozen=True, kw_only=True):
    """Everything that one comparison showed. Times are UTC.

    Run i of both images has the seed `seed` + i; `device` is what both trained on, `gpu` why they
    had no GPU. `carried` is OLD's checkpoint in NEW, `back` NEW's in OLD: that one is information,
    for a way back, and decides nothing.
    """

    version: int = VERSION
    run: str
    old: Side
    new: Side
    engine: EngineFacts
    host: HostFacts
    gpu: str
    device: Literal["cpu", "cuda"]
    seed: int
    steps: int
    runs: int
    started: datetime
    finished: datetime
    tolerance: Tolerance
    checks: tuple[Proof, ...]
    counts: Counts
    carried: Carried | None = None
    back: Carried | None = None
    onnx: Onnx | None = None
    figures: tuple[Figure, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def passed(self) -> bool:
        """True when something was checked and nothing differs that must not."""
        return self.counts.failed == 0 and self.counts.passed > 0


def encode(comparison: Comparison) -> bytes:
    """Return a record as indented JSON, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(comparison), indent=2) + b"\n"


def decode(text: bytes) -> Comparison:
    """Return the record that `text` holds; raises `ValueError` that says what is wrong."""
    comparison = msgspec.json.decode(text, type=Comparison)
    if comparison.version != VERSION:
        raise ValueError(f"format version {comparison.version}, this tool reads {VERSION}")
    if comparison.counts != count(comparison.checks):
        raise ValueError("its counts are not those of its checks")
    return comparison
