"""The training curve as JSON lines, one object a line. Standard library and `errors` only.

    {"event": "step", "step": 1, "loss": …, "learning_rate": …, "gradient_norm": …}
    {"event": "validation", "step": 100, "loss": …, "error_m": …, "median_error_m": …, …}

Nothing in it depends on the clock, so that two runs of the same seed can be compared byte by byte.
"""

import json
from pathlib import Path
from typing import Any

from trainer.errors import BadInput
from trainer.files import cannot_write, write_atomically


class Metrics:
    """Appends events to a file; a resumed run first drops what lies after its checkpoint."""

    def __init__(self, path: Path | None, *, resumed_at: int | None = None) -> None:
        self._path = path
        if path is not None:
            kept = _up_to(path, resumed_at) if resumed_at is not None else []
            write_atomically(path, "".join(kept).encode())

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


def _up_to(path: Path, step: int) -> list[str]:
    """Return the lines up to and including `step`: later ones will be written again."""
    try:
        return [line for line in _whole_lines(path) if json.loads(line)["step"] <= step]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is not a metrics file: {error}", hint="remove it") from error


def _whole_lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
