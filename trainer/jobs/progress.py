"""How far a job is, read from its metrics.jsonl. Imports pydantic.

The file holds no times (so that two runs compare byte by byte): the rate of steps is measured by
looking at it again and again.
"""

import json
import os
import time
from collections import deque
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_TAIL = 64 * 1024  # bytes from the end that are read: the last 400 steps or so
_LOOKS = 20  # how many looks the rate is taken over


class Progress(BaseModel):
    """Where a training is; None is what nobody knows yet."""

    step: int = 0
    of: int
    loss: float | None = None  # of the last step told, nats
    validation_loss: float | None = None
    error_m: float | None = None  # mean position error at the last validation, metres
    seconds_per_step: float | None = None
    eta_seconds: float | None = None


def last_events(metrics: Path) -> dict[str, dict[str, Any]]:
    """Return the last event of each kind near the end of a metrics file; {} without a file."""
    try:
        with metrics.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).split(b"\n")
    except OSError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    # What stands before the first line end may be a piece, what stands after the last one is.
    for line in lines[1 if size > _TAIL else 0 : -1]:
        event = _decoded(line)
        found[str(event.get("event"))] = event
    return found


def read_progress(metrics: Path, of: int) -> Progress:
    """Return where the run of this metrics file is, of `of` steps."""
    events = last_events(metrics)
    step, validation = events.get("step", {}), events.get("validation", {})
    return Progress(
        step=step.get("step", 0),
        of=of,
        loss=step.get("loss"),
        validation_loss=validation.get("loss"),
        error_m=validation.get("error_m"),
    )


class Watch:
    """Looks at a running job's metrics, and knows how fast it goes."""

    def __init__(self, metrics: Path, of: int) -> None:
        self._metrics, self._of = metrics, of
        self._looks: deque[tuple[float, int]] = deque(maxlen=_LOOKS)

    def look(self, now: float | None = None) -> Progress:
        """Return the progress; call it about once a second. `now` is monotonic seconds."""
        progress = read_progress(self._metrics, self._of)
        if not self._looks or progress.step != self._looks[-1][1]:
            self._looks.append((time.monotonic() if now is None else now, progress.step))
        (first, begin), (last, end) = self._looks[0], self._looks[-1]
        if begin == 0 and len(self._looks) > 2:  # from step 0: the start of the process counted in
            first, begin = self._looks[1]
        if end > begin > 0:
            progress.seconds_per_step = (last - first) / (end - begin)
            progress.eta_seconds = progress.seconds_per_step * (self._of - end)
        return progress


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
