"""One job as it is stored, and the states it goes through. Standard library only.

queued ──▶ running ──▶ done | failed
   │          │  └───▶ queued      stopped with the service, or found after it was killed
   │          └──────▶ cancelling ──▶ cancelled
   └─────────────────▶ cancelled
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

ACTIVE = ("queued", "running", "cancelling")
ENDED = ("done", "failed", "cancelled")
STATES = (*ACTIVE, *ENDED)
ATTEMPTS = 5  # starts without an orderly stop; then the job itself is taken for the cause


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job as it is stored; times in seconds since 1970, UTC."""

    number: int
    id: str
    state: str
    settings: dict[str, Any]
    created: float
    started: float | None
    ended: float | None
    attempts: int
    reason: str | None
    summary: dict[str, Any]  # progress at its end; empty before

    @classmethod
    def of(cls, row: sqlite3.Row) -> "Job":
        """Return the job of a whole row."""
        told = {name: row[name] for name in row.keys() if name != "key"}  # noqa: SIM118  (a Row is no dict)
        decoded = {name: json.loads(told[name]) for name in ("settings", "summary")}
        return cls(**{**told, **decoded})

    @classmethod
    def maybe(cls, row: sqlite3.Row | None) -> "Job | None":
        """Return the job of a row, None for none."""
        return None if row is None else cls.of(row)

    @property
    def has_ended(self) -> bool:
        """Return True where nothing will happen to it any more."""
        return self.state in ENDED
