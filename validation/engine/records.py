"""What was built, where and when: one file per build under out/builds, kept and never changed.

Imports files, model and errors only, so that `plan` may read them without Docker's client.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from validation.files import write_atomic
from validation.model import Project, Record

VERSION = 1
_LAST = 5  # builds of one image that say what it costs


class BuildRecord(Record, frozen=True, kw_only=True):
    """One finished build. Times are UTC, `seconds` is wall time.

    `place` is what people call where it was built ("private engine", "context gpu-1", "builder
    farm"); `context` is the Docker context of the engine that holds the image, "" for the engine
    that verbs find by themselves; `held` is False where no engine has it and only a registry does
    (`pushed` is the reference there). `digest` is the image id ("sha256:…").
    """

    version: int = VERSION
    run: str
    image: str
    tag: str
    digest: str
    inputs: str
    base: str
    base_digest: str
    base_how: str
    place: str
    context: str = ""
    held: bool = True
    pushed: str = ""
    platforms: tuple[str, ...]
    started: Annotated[datetime, msgspec.Meta(tz=True)]
    seconds: float
    expected_seconds: float


def write_record(project: Project, record: BuildRecord) -> Path:
    """Write a record and return where it lies; raises `WorldFailed` when the disk refuses."""
    stamp = record.started.strftime("%Y%m%dT%H%M%S.%fZ")
    digest = record.digest.removeprefix("sha256:")[:12]
    path = project.out / "builds" / record.image / f"{stamp}-{digest}.json"
    write_atomic(path, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    return path


def read_records(project: Project) -> tuple[BuildRecord, ...]:
    """Return every record that can be read, oldest first.

    A damaged one is left out: it says only what a build cost and where its image is, and the
    engines are asked for both.
    """
    found = []
    for path in (project.out / "builds").glob("*/*.json"):
        try:
            record = msgspec.json.decode(path.read_bytes(), type=BuildRecord)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if record.version == VERSION:
            found.append(record)
    return tuple(sorted(found, key=lambda record: record.started))


def measured_seconds(records: Iterable[BuildRecord]) -> dict[str, float]:
    """Return {image id: seconds}: the longest of its last builds.

    Most builds find most of their layers in the cache; the longest is the one that did not.
    """
    seconds: dict[str, list[float]] = {}
    for record in records:
        seconds.setdefault(record.image, []).append(record.seconds)
    return {name: max(all_of[-_LAST:]) for name, all_of in seconds.items()}


def newest(records: Iterable[BuildRecord]) -> dict[str, BuildRecord]:
    """Return the newest record of each image id."""
    return {record.image: record for record in records}
