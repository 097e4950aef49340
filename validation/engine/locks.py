"""Locks between processes: a locked file, freed by the kernel when its holder dies.

Imports errors and files.
"""

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from validation.errors import WorldFailed
from validation.files import disk_failure

_POLL_SECONDS = 0.1


def open_lock(path: Path) -> IO[bytes]:
    """Open (and make) a lock file; raises `WorldFailed` when the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise disk_failure("write", path, error) from error


def try_lock(file: IO[bytes]) -> bool:
    """Take the lock if it is free; return whether it is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path, *, waiting: Callable[[], None], timeout: float = 900) -> Iterator[None]:
    """Hold the lock at `path` for the block; call `waiting` once if another holds it.

    Raises `WorldFailed` when it is not free within `timeout` seconds.
    """
    with open_lock(path) as file:
        if not try_lock(file):
            waiting()
            end = time.monotonic() + timeout
            while not try_lock(file):
                if time.monotonic() > end:
                    raise WorldFailed(
                        f"another run has held {path} for {timeout:.0f} s",
                        hint="end that run, then run this again",
                    )
                time.sleep(_POLL_SECONDS)
        yield
