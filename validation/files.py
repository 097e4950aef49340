"""Files that are either there as a whole or not there: written beside their place, then renamed.

Imports `errors` only. While it is written a file is called `.<name>.<random>.part` and is locked,
so that what a killed process left can be told from what a running one is writing.
"""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from validation.errors import WorldFailed

_PART = ".part"
_MODE = 0o644


def disk_failure(action: str, path: Path, error: OSError) -> WorldFailed:
    """Return what to raise when the file system refuses: the path, the reason, the next step."""
    reason = error.strerror or str(error)
    return WorldFailed(
        f"cannot {action} {path}: {reason}",
        hint=f"make {path.parent} writable and leave room on its disk, then run it again",
    )


def _open_part(path: Path) -> tuple[IO[bytes], Path]:
    """Return an open, locked file beside `path`; a sweep may take it before the lock is ours."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
        file = os.fdopen(handle, "wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if Path(name).exists():
            return file, Path(name)
        file.close()


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears at `path` when the block ends well, and only then.

    Folders above it are made. Raises `WorldFailed` when the disk is full or read-only; what was
    at `path` before is then still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, part = _open_part(path)
    except OSError as error:
        raise disk_failure("write", path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), _MODE)
            os.fsync(file.fileno())
            part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise disk_failure("write", path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write `content` to `path`, whole or not at all; raises as `atomic_file` does."""
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for the block, so that two processes do not mix their files."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise disk_failure("lock", path, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sweep_parts(folder: Path) -> tuple[Path, ...]:
    """Remove what killed processes left half-written under `folder`; return what was removed.

    A file that a living process is writing is locked, and stays.
    """
    removed: list[Path] = []
    for part in sorted(folder.rglob(f".*{_PART}")) if folder.is_dir() else []:
        with contextlib.suppress(OSError), part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink(missing_ok=True)
            removed.append(part)
    return tuple(removed)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut; some file systems cannot, and that is no error."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
