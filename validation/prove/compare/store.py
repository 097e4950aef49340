"""Keeps comparisons: <folder>/<old>..<new>/<utc>.json, with a page beside it for people.

Imports compare.record and files. The history stays: every comparison adds a record.
"""

from pathlib import Path

from validation.files import disk_failure, sweep_parts, write_atomic
from validation.prove.compare.record import Comparison, encode


def record_path(folder: Path, comparison: Comparison) -> Path:
    """Return where a comparison is kept; the time is told to microseconds."""
    stamp = comparison.started.strftime("%Y%m%dT%H%M%S.%fZ")
    pair = f"{comparison.old.image.id}..{comparison.new.image.id}"
    return folder / pair / f"{stamp}.json"


def write_comparison(folder: Path, comparison: Comparison, page: str) -> Path:
    """Write a comparison and its page (Markdown, the same name); return where the record lies.

    Raises `WorldFailed` when the disk refuses.
    """
    path = record_path(folder, comparison)
    write_atomic(path.with_suffix(".md"), page)
    write_atomic(path, encode(comparison))
    return path


def prepare_folder(folder: Path) -> None:
    """Make sure that the folder takes files before anything starts, and sweep what was left.

    Raises `WorldFailed` when it is read-only or full.
    """
    probe = folder / ".writable"
    try:
        write_atomic(probe, b"\n")
        probe.unlink(missing_ok=True)
        sweep_parts(folder)
    except OSError as error:
        raise disk_failure("write", folder, error) from error
