"""How a process ends well: when asked to, with its parent, and alone at its work.

Standard library and `errors` only. Linux.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trainer.errors import WorldFailed
from trainer.files import cannot_write

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL = 0.1  # seconds between tries for a lock


@contextlib.contextmanager
def stop_on_sigterm() -> Iterator[Callable[[], bool]]:
    """Let SIGTERM set a flag instead of raising; yields the function that reads it."""
    asked: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGTERM, before)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the process `parent` is gone, however it went.

    Nothing in this process has to run for that: a child stuck in a driver dies as well. Returns
    only while the parent is alive (it may have died before we asked).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise WorldFailed(f"prctl(PR_SET_PDEATHSIG) failed: {os.strerror(number)}")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def alone(path: Path, *, what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`; the kernel frees it when this process ends, however it ends.

    Waits up to `patience` seconds for another holder. Raises `WorldFailed` where it stays held, or
    where the file cannot be made.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise cannot_write(path, error) from error
    limit = time.monotonic() + patience
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= limit:
                    raise WorldFailed(
                        f"{what} (it holds {path})", hint="end the other one first"
                    ) from error
                time.sleep(_POLL)
        yield
