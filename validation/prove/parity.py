"""Parity: the exported model, run by ONNX Runtime in the inference image, against torch's answers.

Imports prove's container, ledger, smoke and receipt.
"""

import math
import time
from collections.abc import Mapping
from pathlib import Path

from docker.models.containers import Container

from validation.prove.container import DATA, ContainerEnded, command, get_files, put_files
from validation.prove.ledger import Ledger, told_proofs
from validation.prove.receipt import ParityFacts
from validation.prove.smoke import explain_failure, read_measured

AGREES = "parity.agrees"
AGREES_ABOUT = (
    "The model passes onnx.checker, and ONNX Runtime in the inference image gives torch's "
    "answers on fresh inputs."
)
_FOLDER = "parity"


def model_files(made: Path) -> list[Path]:
    """Return the files of the model in a folder.

    The second is there only where the exporter wrote large weights to a file of their own.
    """
    return [made / name for name in ("model.onnx", "model.onnx.data") if (made / name).is_file()]


def largest_difference(measured: Mapping[str, object]) -> float | None:
    """Return the largest absolute difference that was measured, None where none was.

    One that is not finite, which JSON cannot hold, is told as text: it counts as infinite.
    """
    told = measured.get("differences")
    found = (
        [each.get("absolute") for each in told if isinstance(each, dict)]
        if isinstance(told, list)
        else []
    )
    return max((abs(v) if isinstance(v, int | float) else math.inf for v in found), default=None)


def run_parity(
    container: Container,
    image: str,
    image_id: str,
    made: Path,
    ledger: Ledger,
    *,
    timeout: float,
) -> ParityFacts | None:
    """Check the model of the folder `made` in a running container of the inference image.

    `image` and `image_id` name that image in the receipt. Returns the measured error, None when
    nothing was measured. `timeout` is in seconds.
    """
    answer = made / "parity-answer"
    argv = ["python", "-m", "trainer", "check", "--model", f"{DATA}/{_FOLDER}/model.onnx"]
    argv += [
        "--parity",
        f"{DATA}/{_FOLDER}/parity.npz",
        "--out",
        f"{DATA}/{_FOLDER}-answer/parity.json",
    ]
    start = time.monotonic()
    with ledger.proof(AGREES, AGREES_ABOUT) as fail:
        try:
            put_files(container, _FOLDER, [*model_files(made), made / "parity.npz"])
            put_files(container, f"{_FOLDER}-answer", [])
            status, output = command(container, argv, timeout, ledger.follow)
            get_files(container, f"{_FOLDER}-answer", answer)
        except ContainerEnded as error:
            fail("\n".join((error.what, *error.details)))
            return None
        measured = read_measured(answer / "parity.json")
        if status != 0:
            fail(f"exit code {status}: {explain_failure(measured, output)}")
        elif not told_proofs(measured) or largest_difference(measured) is None:
            fail("the check exited 0 and its report compares nothing")
    ledger.add_told("parity", measured)
    if not measured:
        return None
    seconds = round(time.monotonic() - start, 3)
    return ParityFacts(
        image=image,
        image_id=image_id,
        seconds=seconds,
        error=largest_difference(measured),
        measured=measured,
    )
