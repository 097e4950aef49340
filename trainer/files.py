"""Files are written whole or not at all. Imports `errors` and the standard library.

A reader sees the old content or the new one, whatever kills the writer: the bytes go to a
neighbour of the file, reach the disk, and take the name in one step.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from trainer.errors import BadInput, WorldFailed


def writable_folder(folder: Path) -> Path:
    """Make `folder` and try it with a real file, so that a full disk is found before the work.

    Raises `BadInput` where the name belongs to a file, `WorldFailed` where writing fails.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, not a folder", hint="name a folder with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` with `content`; on failure the old file stands and nothing is left beside it.

    Raises `WorldFailed` (disk full, no permission).
    """
    partial = None
    try:
        descriptor, partial = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".partial"
        )
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o644)  # mkstemp's 0600 would lock other containers out
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
        partial = None
        _sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if partial is not None:
            Path(partial).unlink(missing_ok=True)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` as indented JSON, atomically. NaN and infinity are refused (ValueError)."""
    text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())


def cannot_write(path: Path, error: OSError) -> WorldFailed:
    """Return the one message for every write that fails."""
    reason = error.strerror or str(error)
    return WorldFailed(
        f"cannot write {path}: {reason}", hint="free space, or name another folder with --out"
    )


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk (fsync of a file does not cover its folder's entry)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
