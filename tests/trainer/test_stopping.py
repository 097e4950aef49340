"""Ends: one holder of a lock, a flag for SIGTERM, no process without its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import trainer
from trainer.errors import WorldFailed
from trainer.stopping import alone, stop_on_sigterm

ROOT = str(Path(trainer.__file__).parent.parent)


def test_a_lock_has_one_holder_and_is_free_after_it(tmp_path):
    first, second = (alone(tmp_path / "lock", what="taken") for _ in range(2))
    with first, pytest.raises(WorldFailed, match="taken"), second:
        pass
    with alone(tmp_path / "lock", what="taken"):
        pass


def test_a_lock_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(WorldFailed, match="cannot write"), alone(tmp_path / "no/lock", what=""):
        pass


def test_sigterm_sets_a_flag_inside_and_means_what_it_did_outside():
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_sigterm() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop()
    assert signal.getsignal(signal.SIGTERM) is before


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import os, sys, time
from trainer.stopping import die_with_parent
die_with_parent(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(600)
''', sys.argv[1] if len(sys.argv) > 1 else str(__import__("os").getpid())])
child.wait()
"""


def test_a_process_dies_with_its_parent_however_that_ends():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    last = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < last:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()


def test_a_process_whose_parent_is_gone_already_does_not_start():
    done = subprocess.run(
        [sys.executable, "-c", PARENT, "1" if os.getpid() != 1 else "2"],
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == ""
