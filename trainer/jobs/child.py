"""A job's own process: how it is started, how it is stopped, what its end means.

Standard library and `errors` only. The child is `python -m trainer job`: a CUDA fault, a
segmentation fault or the kernel's memory killer ends it and not the service. It dies with the
service, whatever kills that.
"""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trainer.errors import Stopped

SETTINGS = "settings.json"  # what the process is told, in its folder
_LONGEST = 2000  # characters of a reason


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a process ended: with its work done, stopped with a checkpoint, or failed and why."""

    kind: Literal["done", "stopped", "failed"]
    reason: str | None = None


class Child:
    """The process of one job."""

    def __init__(self, argv: list[str]) -> None:
        """Start it. Its stderr goes to memory: a full disk must not swallow the reason."""
        self._errors = os.memfd_create("job-errors")
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C in a terminal is for the service, which stops it well
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def ended(self, wait: float) -> Ending | None:
        """Return how it ended, None when it still runs after `wait` seconds."""
        try:
            code = self._process.wait(wait)
        except subprocess.TimeoutExpired:
            return None
        return ending_of(code, self._complaint())

    def stop(self, grace: float) -> Ending:
        """Ask it to checkpoint and end; kill it after `grace` seconds.

        However it ends then, it was stopped, unless its work was done at that very moment.
        """
        self._process.send_signal(signal.SIGTERM)
        ending = self.ended(grace)
        if ending is None:
            self._process.kill()
            self._process.wait()
        return ending if ending and ending.kind == "done" else Ending(kind="stopped")

    def close(self) -> None:
        """Let go of it; kills what still runs."""
        self._process.kill()
        self._process.wait()
        os.close(self._errors)

    def _complaint(self) -> str:
        size = os.lseek(self._errors, 0, os.SEEK_END)
        tail = os.pread(self._errors, 4 * _LONGEST, max(0, size - 4 * _LONGEST))
        return tail.decode(errors="replace")


def argv_of(folder: Path, device: str) -> list[str]:
    """Return the command of a job's process, bound to this process's life."""
    argv = [sys.executable, "-m", "trainer", "job", "--folder", str(folder), "--device", device]
    return [*argv, "--parent", str(os.getpid())]


def ending_of(code: int, complaint: str) -> Ending:
    """Return what an exit code (negative: a signal) and the last of stderr come to."""
    if code == 0:
        return Ending(kind="done")
    if code in {Stopped.exit_code, -signal.SIGTERM}:
        return Ending(kind="stopped")
    if code < 0:
        name = signal.Signals(-code).name
        cause = ": out of memory is the usual cause" if -code == signal.SIGKILL else ""
        return Ending(kind="failed", reason=f"its process was killed by {name}{cause}")
    return Ending(kind="failed", reason=reason_in(complaint)[:_LONGEST])


def reason_in(complaint: str) -> str:
    """Return our own last message in a process's stderr, or the last line of a traceback."""
    said = complaint.strip()
    ours = [found.end() for found in re.finditer("^error: ", said, re.MULTILINE)]
    if ours:
        return " ".join(said[ours[-1] :].split())
    return f"its process failed: {(said.splitlines() or ['it said nothing'])[-1]}"
