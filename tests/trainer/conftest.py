"""Shared by the trainer's tests, which run inside the images: one has torch, one ONNX Runtime.

A module that needs what its image lacks says so with `pytest.importorskip(…, reason=…)`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import trainer
from trainer.__main__ import main
from trainer.scene import Scene


@pytest.fixture(scope="session")
def scene():
    return Scene()


@pytest.fixture
def trainer_command():
    """Run `python -m trainer …` as a user does; returns the finished process."""

    def run(*arguments, environment=None, timeout=120, **options):
        return subprocess.run(
            [sys.executable, "-m", "trainer", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(trainer.__file__).parent.parent),
                **(environment or {}),
            },
            check=False,
            **options,
        )

    return run


@pytest.fixture
def trainer_main(capsys):
    """Run `main` in this process, which spares an import of torch; returns (exit code, stderr)."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().err

    yield run
    signal.signal(signal.SIGTERM, before)
