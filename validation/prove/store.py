"""Keeps receipts and models under out/: written whole, never overwritten, read with care.

Imports prove.receipt, files, model and errors. The history stays: every run adds a receipt.
"""

import hashlib
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from validation.errors import WorldFailed
from validation.files import disk_failure, held, sweep_parts, write_atomic
from validation.model import Project, Record
from validation.prove.receipt import ModelFacts, Receipt, decode, encode

MODEL_FILES = (
    "model.onnx",
    "model.onnx.data",
    "checkpoint.pt",
    "metrics.jsonl",
    "parity.npz",
    "smoke.json",
)
"""What a smoke run leaves that is kept beside the model. The exporter may put large weights into a
second file, `model.onnx.data`, without which model.onnx cannot be read."""


_AHEAD = timedelta(days=1)
"""How far ahead of ours another machine's clock may be."""


class Receipts(Record, frozen=True, kw_only=True):
    """All receipts that could be read, oldest first, and a line for each that could not."""

    receipts: tuple[Receipt, ...]
    unreadable: tuple[str, ...] = ()


def receipt_path(project: Project, receipt: Receipt) -> Path:
    """Return out/receipts/<id>/<utc>-<image digest's first 12>.json.

    The time is told to microseconds, so that two runs at once have a file each.
    """
    stamp = receipt.started.strftime("%Y%m%dT%H%M%S.%fZ")
    digest = receipt.built.image_id.removeprefix("sha256:")[:12]
    return project.out / "receipts" / receipt.image.id / f"{stamp}-{digest}.json"


def write_receipt(project: Project, receipt: Receipt) -> Path:
    """Write a receipt and return where it lies; raises `WorldFailed` when the disk refuses."""
    path = receipt_path(project, receipt)
    write_atomic(path, encode(receipt))
    return path


def read_receipts(project: Project, now: datetime | None = None) -> Receipts:
    """Return every receipt under out/; one that is damaged is named and left out.

    With `now`, so is one from the future: a clock that was wrong for a moment would make it the
    newest, and what is proven from then on would not count until that day.
    """
    receipts: list[Receipt] = []
    unreadable: list[str] = []
    for path in sorted((project.out / "receipts").glob("*/*.json")):
        name = path.relative_to(project.root)
        try:
            receipt = decode(path.read_bytes())
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            unreadable.append(f"{name}: left out, {error}")
            continue
        if now is not None and receipt.started > now + _AHEAD:
            day = receipt.started.date()
            unreadable.append(f"{name}: left out, {day} is to come: a clock was wrong")
            continue
        receipts.append(receipt)
    receipts.sort(key=lambda receipt: receipt.started)
    return Receipts(receipts=tuple(receipts), unreadable=tuple(unreadable))


def keep_model(project: Project, image_id: str, made: Path) -> ModelFacts | None:
    """Keep what a smoke run left in `made` as out/models/<id>/, replacing the last one's files.

    Returns None when there is no model.onnx; raises `WorldFailed` when the disk refuses.
    """
    model = _read(made / "model.onnx")
    if model is None:
        return None
    folder = project.out / "models" / image_id
    with _models(project):
        for name in MODEL_FILES:
            content = _read(made / name)
            if content is not None:
                write_atomic(folder / name, content)
            else:
                (folder / name).unlink(missing_ok=True)
    return ModelFacts(
        path=str((folder / "model.onnx").relative_to(project.root)),
        sha256=_sha256(model),
        size=len(model),
        parity_sha256=_sha256(_read(made / "parity.npz") or b""),
    )


def take_model(project: Project, receipts: Receipts, to: Path) -> Receipt | None:
    """Copy the newest proven model and its parity file into the folder `to`; return its receipt.

    None when there is no model that is still, byte for byte, what its receipt says.
    """
    with _models(project):
        for receipt in reversed(receipts.receipts):
            if receipt.model is None or not receipt.proven:
                continue
            folder = (project.root / receipt.model.path).parent
            found = {name: _read(folder / name) for name in MODEL_FILES}
            if (
                _sha256(found["model.onnx"] or b"") == receipt.model.sha256
                and _sha256(found["parity.npz"] or b"") == receipt.model.parity_sha256
            ):
                for name, content in found.items():
                    if content is not None:
                        write_atomic(to / name, content)
                return receipt
    return None


def prepare_out(project: Project) -> None:
    """Make sure that out/ takes files before anything starts, and sweep what killed runs left.

    Raises `WorldFailed` when it is read-only or full.
    """
    probe = project.out / "receipts" / ".writable"
    try:
        write_atomic(probe, b"\n")
        probe.unlink(missing_ok=True)
        sweep_parts(project.out)
    except OSError as error:
        raise disk_failure("write", project.out, error) from error


def _models(project: Project) -> AbstractContextManager[None]:
    return held(project.out / "models" / ".lock")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorldFailed(f"cannot read {path}: {error.strerror}") from error
