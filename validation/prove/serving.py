"""Serving: the inference service starts with a proven model and answers requests with it.

Imports prove's container, ledger and parity.
"""

from pathlib import Path

from docker.models.containers import Container

from validation.prove.container import (
    ContainerEnded,
    command,
    put_files,
    restart,
    wait_until_settled,
)
from validation.prove.ledger import Ledger
from validation.prove.parity import model_files

PREDICTS = "service.predicts"
PREDICTS_ABOUT = "Started with the model in place, the service is ready and answers POST /predict."
_PROBE = Path(__file__).parent / "probes" / "predict.py"


def run_serving(container: Container, made: Path, ledger: Ledger, *, timeout: float) -> None:
    """Put the model of the folder `made` where the service looks for it, and ask for predictions.

    The service reads its model when it starts, so the container is started again. `timeout` is in
    seconds, for the questions.
    """
    argv = ["python", "-I", "-c", _PROBE.read_text("utf-8")]
    with ledger.proof(PREDICTS, PREDICTS_ABOUT) as fail:
        try:
            put_files(container, ".", model_files(made))
            restart(container)
            ended = wait_until_settled(container)
            if ended:
                fail(f"{ended} when it was started with the model")
                return
            status, output = command(container, argv, timeout, ledger.follow)
        except ContainerEnded as error:
            fail("\n".join((error.what, *error.details)))
            return
        if status != 0:
            fail(output.strip() or f"exit code {status}")
