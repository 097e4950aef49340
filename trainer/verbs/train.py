"""`train`: train from settings, or go on from a checkpoint."""

import argparse
from typing import Any

from trainer import errors
from trainer.checkpoint import read_checkpoint
from trainer.device import choose_device
from trainer.files import writable_folder
from trainer.quality import Validation
from trainer.scene import Scene
from trainer.settings import Training
from trainer.stopping import stop_on_sigterm
from trainer.training import Hooks, Run
from trainer.verbs.output import say


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with checkpoint.pt and metrics.jsonl in the folder, 1 where training diverged.

    SIGTERM leaves a checkpoint of the step it came in, and exit code 143.
    """
    resume = read_checkpoint(arguments.resume) if arguments.resume else None
    given = overrides(arguments)
    if resume and given:
        raise errors.BadInput(
            f"--resume goes on with the checkpoint's settings: drop {', '.join(given)}"
        )
    with stop_on_sigterm() as stop:
        outcome = Run(
            resume.scene if resume else Scene(),
            resume.training if resume else settings(arguments),
            choose_device(arguments.device),
            folder=writable_folder(arguments.out),
            resume=resume,
            hooks=Hooks(report=progress, stop=stop),
        ).finish()
    ending = "stopped early" if outcome.stopped_early else "done"
    say(f"{ending} at step {outcome.checkpoint.step}: {arguments.out / 'checkpoint.pt'}")
    return errors.CLEAN


def settings(arguments: argparse.Namespace) -> Training:
    """Return the defaults with what the command line gave."""
    return Training(**overrides(arguments))


def overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given on the command line."""
    names = ("seed", "steps", "batch", "learning_rate", "patience", "compiled")
    given = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def progress(step: int, quality: Validation) -> None:
    """Write one validation as a line."""
    say(f"step {step}: loss {quality.loss:.3f}, mean error {quality.error:.1f} m")
