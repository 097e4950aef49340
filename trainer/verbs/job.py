"""`job`: what the training service runs for each job, as a process of its own."""

import argparse
import os

from trainer import errors
from trainer.jobs.work import work
from trainer.settings import job_niceness
from trainer.stopping import alone, die_with_parent, stop_on_sigterm
from trainer.verbs.train import progress

_PATIENCE = 20.0  # seconds for a predecessor that is being killed to be gone


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with the folder's model.onnx made, 143 when stopped with a checkpoint."""
    if arguments.parent is not None:
        die_with_parent(arguments.parent)
    os.nice(job_niceness())
    what = "another process works on this job"
    held = alone(arguments.folder / "lock", what=what, patience=_PATIENCE)
    with held, stop_on_sigterm() as stop:
        work(arguments.folder, arguments.device, report=progress, stop=stop)
    return errors.CLEAN
