"""What a report holds; its JSON and docs/report.schema.json are these records.

Imports model and watch's nouns only. A contract: fields are added, never renamed or removed.
Sizes are bytes, times seconds, days ISO 8601. None: not known, or not measured.
"""

import datetime
from typing import Literal

from validation.model import Reason, Record
from validation.watch.nouns import Confidence, Finding, Headline, Level

VERSION = 1
"""The report's format; a last report of another format is left aside."""

State = Literal["proven", "incomplete", "failed", "outdated", "not proven", "not built"]
"""`incomplete`: nothing failed, but training, export or reading back was not proven. `outdated`:
what was proven is another build than the one that is there now, or not what is planned today."""

Urgency = Literal["move", "decide", "accepted", "stay"]
"""move: before the next review. decide: sources disagree, or nothing settles it. accepted: known,
and suppressed with a reason until a day. stay: supported beyond the next review."""


class WayOut(Record, frozen=True, kw_only=True):
    """What to move to: the base, its verdict, what moves with it, and all that is to be done.

    `moves` is one line ("CUDA 12.1.0 + torch 2.2.0+cu121 → CUDA 12.6.3 + torch 2.6.0+cu126").
    `driver` is what the hosts need first, "" where theirs will do.
    """

    reference: str
    headline: Headline
    moves: str
    driver: str
    advice: str


class Standing(Record, frozen=True, kw_only=True):
    """How an image stands: the verdict on its base, why, and the way out.

    `days_left` counts to the end of support, and once that has passed to the deletion; negative
    when both are past. `level` is None where there is nothing to find. `accepted_because` and
    `accepted_until` are those of a suppression.
    """

    urgency: Urgency
    headline: Headline
    level: Level | None
    meaning: str
    days_left: int | None
    eol: datetime.date | None
    deletion_estimate: datetime.date | None
    confidence: Confidence
    reasons: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    way_out: WayOut | None = None
    no_way_out: str = ""
    accepted_because: str = ""
    accepted_until: datetime.date | None = None


class Way(Record, frozen=True, kw_only=True):
    """A way out, None where none is known (`instead` says why), and the images that can take it."""

    way_out: WayOut | None
    instead: str
    images: tuple[str, ...]


class Step(Record, frozen=True, kw_only=True):
    """One thing to do: a base, its standing, every image on it, and what each can move to."""

    base: str
    standing: Standing
    images: tuple[str, ...]
    ways: tuple[Way, ...]


class Layer(Record, frozen=True, kw_only=True):
    """The part of an image that one group of its layers makes up, and how much of it is shared.

    `shared` are the bytes in layers that other images of the report have too.
    """

    group: str
    size: int
    shared: int


class SharedLayer(Record, frozen=True, kw_only=True):
    """A layer that several images have: on one disk it lies once."""

    digest: str
    group: str
    size: int
    images: tuple[str, ...]


class Past(Record, frozen=True, kw_only=True):
    """One earlier proof of an image, oldest first in a row's history."""

    day: datetime.date
    passed: bool
    size: int
    build_seconds: float | None = None
    smoke_seconds: float | None = None


class Smoke(Record, frozen=True, kw_only=True):
    """What the training inside the image showed; `factor` is how far the error fell."""

    seconds: float
    loss_first: float | None
    loss_last: float | None
    factor: float | None
    device: str


class Row(Record, frozen=True, kw_only=True):
    """One planned image with all that is known of it.

    `base` is None for an imported root file system. `base_digest` is what was really built on and
    `base_how` whether that came from a registry or is a stand-in; both are "" where the proven
    image stands on another base than the planned one. `cudnn_from` says how `cudnn` is known. `why`
    says what a state of incomplete or outdated is about, "" for the others. `tested` is when the
    newest receipt was written, `proven` when the newest one that proves the image was, `proved` the
    topics that held in that one and `proven_on` its GPUs.
    """

    id: str
    family: str
    workload: str
    source: str
    device: str
    base: str | None
    base_digest: str
    base_how: str
    standing: Standing | None
    os: str
    python: str
    flavor: str | None
    cuda: str | None
    variant: str | None
    cudnn: str | None
    cudnn_from: str
    torch: str | None
    torchvision: str | None
    torchaudio: str | None
    cupy: str | None
    numpy: str | None
    onnx: str | None
    onnxruntime: str | None
    opset: int | None
    drivers: str
    gpus: tuple[str, ...]
    budget: int
    state: State
    size: int | None = None
    built: str = ""
    build_seconds: float | None = None
    tested: datetime.datetime | None = None
    gpu: str = ""
    passed: int | None = None
    failed: int | None = None
    skipped: int | None = None
    failures: tuple[str, ...] = ()
    smoke: Smoke | None = None
    onnx_error: float | None = None
    proven: datetime.datetime | None = None
    proven_on: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    history: tuple[Past, ...] = ()
    why: str = ""


class Impossible(Record, frozen=True, kw_only=True):
    """A combination that is not built: every reason, and the nearest that can be, in words."""

    id: str
    family: str
    axes: dict[str, str]
    unknown: bool
    reasons: tuple[Reason, ...]
    nearest: tuple[str, ...]


class Difference(Record, frozen=True, kw_only=True):
    """One change of one image since the last report; `old` is "" for an image that is new."""

    image: str
    what: str
    old: str
    new: str


class Differences(Record, frozen=True, kw_only=True):
    """What changed since the last report of an earlier day."""

    since: datetime.date
    items: tuple[Difference, ...]


class Lane(Record, frozen=True, kw_only=True):
    """One line of the calendar: from its release to its end, and on to its estimated deletion.

    `lts` is a later end that counts too (Debian's long-term team). `urgency` is that of the worst
    image on it, `images` how many there are. `note` is what the line means in words.
    """

    kind: Literal["base", "os", "wheels"]
    name: str
    note: str
    images: int
    urgency: Urgency
    released: datetime.date | None
    end: datetime.date | None
    lts: datetime.date | None = None
    deletion: datetime.date | None = None


class Calendar(Record, frozen=True, kw_only=True):
    """The lifecycle: lanes between two days, the reviews, and those that weigh majors too."""

    first: datetime.date
    last: datetime.date
    reviews: tuple[datetime.date, ...]
    majors: tuple[datetime.date, ...]
    lanes: tuple[Lane, ...]


class Tally(Record, frozen=True, kw_only=True):
    """How many images there are of each kind; `own` have no public base."""

    images: int = 0
    move: int = 0
    decide: int = 0
    accepted: int = 0
    stay: int = 0
    own: int = 0
    proven: int = 0
    failed: int = 0
    unproven: int = 0


class Report(Record, frozen=True, kw_only=True):
    """The whole report. `steps` are the answer: what to move first, by urgency and deadline.

    `shared` are layers of several images, those first that save most; `disk` is what all measured
    layers take on one disk, each of them once. `left_out` are inputs that could not be read.
    """

    version: int = VERSION
    title: str
    today: datetime.date
    facts_as_of: datetime.date
    next_review: datetime.date
    tally: Tally
    steps: tuple[Step, ...]
    images: tuple[Row, ...]
    skipped: tuple[Impossible, ...]
    findings: tuple[Finding, ...]
    calendar: Calendar
    shared: tuple[SharedLayer, ...] = ()
    disk: int | None = None
    differences: Differences | None = None
    left_out: tuple[str, ...] = ()
