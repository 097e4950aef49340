"""The checks of a comparison: their names, what they say, and how they get into the ledger.

Imports errors, prove.ledger and prove.receipt.
"""

from typing import Literal

from validation.errors import Findings
from validation.model import Record
from validation.prove.ledger import Ledger
from validation.prove.receipt import Proof

Name = Literal["old", "new"]


class Check(Record, frozen=True, kw_only=True):
    """A check's name and what it says when it passes."""

    name: str
    about: str


TRAINS: dict[Name, Check] = {
    "old": Check(name="trains.old", about="OLD starts, becomes healthy, and trains."),
    "new": Check(name="trains.new", about="NEW starts, becomes healthy, and trains."),
}
LEARNS = Check(
    name="learns.as_well",
    about="From the same seeds NEW trains a network about as good as OLD's.",
)
EXPORTS: dict[Name, Check] = {
    "old": Check(name="exports.old", about="OLD exports its model to ONNX."),
    "new": Check(name="exports.new", about="NEW exports its model to ONNX."),
}
LOADS = Check(
    name="checkpoint.loads",
    about="OLD's checkpoint loads in NEW: weights_only=True, every name and shape (strict).",
)
AGREES = Check(
    name="checkpoint.agrees",
    about="With it NEW gives OLD's outputs on the same fresh inputs.",
)
GOES_ON = Check(
    name="checkpoint.goes_on",
    about="NEW's optimiser takes its state, and NEW validates it as OLD did: training can go on.",
)
ONNX_OLD = Check(name="onnx.old", about="OLD's ONNX file gives the outputs of OLD's torch.")
ONNX_NEW = Check(name="onnx.new", about="NEW's ONNX file gives the outputs of NEW's torch.")
ONNX_SAME = Check(
    name="onnx.same_weights",
    about="OLD's checkpoint, exported by OLD and by NEW, gives the same outputs.",
)
ALL = (
    *TRAINS.values(),
    LEARNS,
    *EXPORTS.values(),
    LOADS,
    AGREES,
    GOES_ON,
    ONNX_OLD,
    ONNX_NEW,
    ONNX_SAME,
)


def hold(ledger: Ledger, check: Check, problem: str, measured: str) -> bool:
    """Take a check that ran: it passed where there is no problem. Returns whether it did."""
    ledger.add(
        Proof(
            name=check.name,
            about=check.about,
            outcome="failed" if problem else "passed",
            reason=problem,
            measured="" if problem else measured,
        )
    )
    return not problem


def fail(ledger: Ledger, check: Check, error: Findings) -> None:
    """Take a check that failed because an image did not do its part."""
    hold(ledger, check, "\n".join((error.what, *error.details)), "")


def skip_rest(ledger: Ledger) -> None:
    """Take every check that was not reached as skipped, for the first one that failed."""
    held = {proof.name: proof.outcome for proof in ledger.proofs}
    first = next((name for name, outcome in held.items() if outcome == "failed"), "")
    for check in ALL:
        if check.name not in held:
            ledger.skip(check.name, check.about, f"{first} failed")
