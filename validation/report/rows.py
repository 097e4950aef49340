"""Joins what is planned with what is built and what was proven: one row per image.

Pure; imports prove.receipt and model. Receipts and the engine's images are passed in.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from validation.model import Image, Plan, Record
from validation.prove.receipt import BuiltFacts, Counts, Proof, Receipt, number

State = Literal["proven", "failed", "outdated", "not proven", "not built"]
"""`outdated`: what was proven is another build than the one that is there now."""


class Row(Record, frozen=True, kw_only=True):
    """One planned image with all that is known of it.

    `built` is None where nothing is built as far as is known; `receipt` is the newest one. The
    newest receipt decides: an older pass does not outweigh a later failure.
    """

    image: Image
    state: State
    built: BuiltFacts | None = None
    receipt: Receipt | None = None

    @property
    def counts(self) -> Counts | None:
        """Proofs by outcome, None where none ran."""
        return self.receipt.counts if self.receipt else None

    @property
    def proven_at(self) -> datetime | None:
        """When its newest receipt was finished."""
        return self.receipt.finished if self.receipt else None


def newest(receipts: Iterable[Receipt]) -> dict[str, Receipt]:
    """Return each image's newest receipt, by image id."""
    found: dict[str, Receipt] = {}
    for receipt in sorted(receipts, key=lambda one: one.started):
        found[receipt.image.id] = receipt
    return found


def make_rows(
    plan: Plan, receipts: Iterable[Receipt], built: Mapping[str, BuiltFacts] | None
) -> tuple[Row, ...]:
    """Return a row for every planned image, in the plan's order.

    `built` maps image ids to what the engine has; None where no engine was asked: the newest
    receipt then tells what is built.
    """
    latest = newest(receipts)
    rows = []
    for image in plan.images:
        receipt = latest.get(image.id)
        there = built.get(image.id) if built is not None else (receipt.built if receipt else None)
        rows.append(Row(image=image, state=_state(there, receipt), built=there, receipt=receipt))
    return tuple(rows)


def _state(built: BuiltFacts | None, receipt: Receipt | None) -> State:
    if built is None:
        return "not built"
    if receipt is None:
        return "not proven"
    if receipt.built.image_id != built.image_id:
        return "outdated"
    return "proven" if receipt.proven else "failed"


def smoke_text(receipt: Receipt | None) -> str:
    """Return what the training showed: "loss 0.87 → -2.8, error ÷37.7, in 26 s on cpu"."""
    if receipt is None or receipt.smoke is None:
        return ""
    measured = receipt.smoke.measured
    first, last = number(measured, "loss_first"), number(measured, "loss_last")
    factor, device = number(measured, "factor"), measured.get("device")
    parts = [f"loss {first:.3g} → {last:.3g}"] if first is not None and last is not None else []
    parts += [f"error ÷{factor:.3g}"] if factor is not None else []
    where = f" on {device}" if isinstance(device, str) else ""
    return ", ".join([*parts, f"in {receipt.smoke.seconds:.0f} s{where}"])


def failures(receipt: Receipt) -> tuple[Proof, ...]:
    """Return the proofs that failed."""
    return tuple(proof for proof in receipt.proofs if proof.outcome == "failed")
