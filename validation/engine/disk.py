"""Room on the disk, asked before it is needed. Imports errors."""

import shutil
from pathlib import Path

from validation.errors import WorldFailed

_GB = 10**9


def free_bytes(path: Path) -> int:
    """Return the free bytes on the disk of `path`, or of its nearest folder that exists."""
    there = next(at for at in (path, *path.parents) if at.exists())
    return shutil.disk_usage(there).free


def require_space(path: Path, needed: int, for_what: str) -> None:
    """Raise `WorldFailed`, with the figures, when `path`'s disk has fewer bytes than `needed`."""
    free = free_bytes(path)
    if free < needed:
        raise WorldFailed(
            f"not enough disk for {for_what}: {needed / _GB:.1f} GB needed, "
            f"{free / _GB:.1f} GB free at {path}",
            hint="free some room, or point IMAGEWRIGHT_CACHE at a larger disk",
        )
