"""The smoke run: the trainer trains inside the container, and leaves a model behind.

Imports prove's container, ledger and receipt. What it measured is taken as the trainer wrote it.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from docker.models.containers import Container

from validation.prove.container import DATA, ContainerEnded, command, get_files
from validation.prove.ledger import Ledger, told_proofs
from validation.prove.receipt import SmokeFacts

TRAINS = "smoke.trains"
TRAINS_ABOUT = (
    "The trainer trains in the container: the loss falls by the stated factor, the checkpoint "
    "round-trips, and ONNX is exported."
)
_FOLDER = "smoke"
_MADE = ("model.onnx", "parity.npz", "checkpoint.pt", "metrics.jsonl")


def read_measured(file: Path) -> dict[str, object]:
    """Return what a program in the container measured, {} where it left nothing readable."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.MsgspecError):
        return {}


def explain_failure(measured: Mapping[str, object], output: str) -> str:
    """Return why the trainer says that it failed: its own words, or else its last lines."""
    failed = [told.name for told in told_proofs(measured) if not told.passed]
    if failed:
        return f"it says that {', '.join(failed)} failed"
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join([lines[-1], *lines[-6:-1]]) if lines else "it said nothing"


def run_smoke(
    container: Container,
    device: Literal["cpu", "cuda"],
    opset: int | None,
    made: Path,
    ledger: Ledger,
    *,
    timeout: float,
) -> SmokeFacts | None:
    """Train in the container and copy what that made to the folder `made`.

    `opset` is what the resolver chose and the file must have; None where it chose none.

    Returns what was measured, None when nothing was. A failure, a hang past `timeout` seconds
    and a container that dies are failed proofs.
    """
    argv = ["python", "-m", "trainer", "smoke", "--out", f"{DATA}/{_FOLDER}", "--device", device]
    start = time.monotonic()
    with ledger.proof(TRAINS, TRAINS_ABOUT) as fail:
        try:
            status, output = command(container, argv, timeout, ledger.follow)
            get_files(container, _FOLDER, made)
        except ContainerEnded as error:
            fail("\n".join((error.what, *error.details)))
            return None
        measured = read_measured(made / "smoke.json")
        missing = [name for name in _MADE if not (made / name).is_file()]
        if status != 0:
            fail(f"exit code {status}: {explain_failure(measured, output)}")
        elif not told_proofs(measured):
            fail("the trainer exited 0 and smoke.json tells of no proof")
        elif missing:
            fail(f"the trainer exited 0 and left no {', '.join(missing)}")
        elif measured.get("device") != device:
            fail(f"it was told to train on {device} and says {measured.get('device')}")
        elif opset is not None and measured.get("opset") != opset:
            fail(f"opset {opset} was resolved, and the file has {measured.get('opset')}")
    ledger.add_told("smoke", measured)
    if not measured:
        return None
    return SmokeFacts(seconds=round(time.monotonic() - start, 3), measured=measured)
