"""The training curve as JSON lines, one object a line. Standard library and `errors` only.

    {"event": "step", "step": 1, "loss": …, "learning_rate": …, "gradient_norm": …}
    {"event": "validation", "step": 100, "loss": …, "error_m": …, "median_error_m": …, …}

Nothing in it depends on the clock, so that two runs of the same seed can be compared byte by byte.
"""

import json
import os
from pathlib import Path
from typing import Any

from trainer.errors import BadInput
from trainer.files import cannot_write, write_atomically


class Metrics:
    """Appends events to a file; a resumed run first drops what lies after its checkpoint."""

    def __init__(self, path: Path | None, *, resumed_at: int | None = None) -> None:
        self._path = path
        if path is None:
            return
        if resumed_at is not None and path.exists():
            _cut_after(path, resumed_at)
        else:
            write_atomically(path, b"")

    def write(self, events: list[dict[str, Any]]) -> None:
        """Append events; raises `WorldFailed` where the disk refuses."""
        if self._path is None:
            return
        lines = "".join(f"{json.dumps(event, allow_nan=False)}\n" for event in events)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise cannot_write(self._path, error) from error


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the events of a file; a last line cut off by a kill is left out."""
    return [json.loads(line) for line in _whole_lines(path)]


def _cut_after(path: Path, step: int) -> None:
    """Cut a file after its last line of `step` or before: later ones will be written again.

    Line by line, and in place: a million steps are 130 MB.
    """
    try:
        os.truncate(path, _length_up_to(path, step))
    except OSError as error:
        raise cannot_write(path, error) from error


def _length_up_to(path: Path, step: int) -> int:
    """Return how many bytes the whole lines up to and including `step` take."""
    length = 0
    try:
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n") or json.loads(line)["step"] > step:
                    break
                length += len(line)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is not a metrics file: {error}", hint="remove it") from error
    return length


def _whole_lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
