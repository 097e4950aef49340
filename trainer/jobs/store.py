"""The queue, in SQLite. Imports record and the standard library.

One process owns the file (a lock beside it says so); its threads share one connection. Every
failure of SQLite, a full disk among them, is a `StoreFailed` that says what SQLite said.
"""

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trainer.errors import WorldFailed
from trainer.jobs.record import ATTEMPTS, STATES, Job

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    state    TEXT NOT NULL,
    settings TEXT NOT NULL,
    key      TEXT UNIQUE,
    created  REAL NOT NULL,
    started  REAL,
    ended    REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    reason   TEXT,
    summary  TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS by_state ON jobs (state, number);
"""


class StoreFailed(WorldFailed):
    """SQLite refused: disk full, no permission, a damaged file."""


class QueueFull(Exception):
    """As many jobs wait as may."""


class Store:
    """The jobs of one data folder."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        with _told(path):
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=5
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            # What was accepted must outlive a power cut, and the log must not grow a disk full.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA wal_autocheckpoint = 64")
            self._connection.executescript(_SCHEMA)
        self._path = path

    def close(self) -> None:
        """Close the file; what was written is in it."""
        self._connection.close()

    def recover(self) -> None:
        """Put back what a killed service left running; call once, before anything runs."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE jobs SET state = 'cancelled', ended = ? WHERE state = 'cancelling'",
                (time.time(),),
            )
            sql.execute(
                "UPDATE jobs SET state = 'failed', ended = ?, reason = ?"
                " WHERE state = 'running' AND attempts >= ?",
                (time.time(), f"given up: it was killed in {ATTEMPTS} attempts", ATTEMPTS),
            )
            sql.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")

    def add(self, identity: str, settings: dict[str, Any], key: str | None, *, most: int) -> Job:
        """Queue a job, or return the one that this key already made.

        Raises `QueueFull` where `most` jobs wait.
        """
        with self._transaction() as sql:
            if key is not None:
                found = sql.execute("SELECT * FROM jobs WHERE key = ?", (key,)).fetchone()
                if found is not None:
                    return Job.of(found)
            waiting = sql.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
            if waiting[0] >= most:
                raise QueueFull
            sql.execute(
                "INSERT INTO jobs (id, state, settings, key, created)"
                " VALUES (?, 'queued', ?, ?, ?)",
                (identity, json.dumps(settings), key, time.time()),
            )
            return Job.of(sql.execute("SELECT * FROM jobs WHERE id = ?", (identity,)).fetchone())

    def take(self) -> Job | None:
        """Return the oldest waiting job, running from now on; None where none waits."""
        with self._transaction() as sql:
            found = sql.execute(
                "SELECT number FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1"
            ).fetchone()
            if found is None:
                return None
            sql.execute(
                "UPDATE jobs SET state = 'running', attempts = attempts + 1,"
                " started = coalesce(started, ?) WHERE number = ?",
                (time.time(), found["number"]),
            )
            return Job.of(
                sql.execute("SELECT * FROM jobs WHERE number = ?", tuple(found)).fetchone()
            )

    def finish(self, identity: str, state: str, *, reason: str | None, summary: object) -> None:
        """Record how a running job ended; one that is being cancelled is cancelled."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE jobs SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE ? END,"
                " ended = ?, reason = ?, summary = ? WHERE id = ?",
                (state, time.time(), reason, json.dumps(summary), identity),
            )

    def put_back(self, identity: str, *, orderly: bool) -> None:
        """Queue a stopped job again, at its old place; an orderly stop is no failed attempt."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE jobs SET state = CASE state WHEN 'cancelling' THEN 'cancelled'"
                " ELSE 'queued' END, ended = CASE state WHEN 'cancelling' THEN ? END,"
                " attempts = attempts - ? WHERE id = ?",
                (time.time(), int(orderly), identity),
            )

    def cancel(self, identity: str) -> Job | None:
        """Ask for the end of a job that has not ended; None where there is no such job."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE jobs SET ended = ?, state = 'cancelled' WHERE id = ? AND state = 'queued'",
                (time.time(), identity),
            )
            sql.execute(
                "UPDATE jobs SET state = 'cancelling' WHERE id = ? AND state = 'running'",
                (identity,),
            )
            return Job.maybe(sql.execute("SELECT * FROM jobs WHERE id = ?", (identity,)).fetchone())

    def remove(self, identity: str) -> None:
        """Forget a job that has ended."""
        with self._transaction() as sql:
            sql.execute(
                "DELETE FROM jobs WHERE id = ? AND state IN ('done', 'failed', 'cancelled')",
                (identity,),
            )

    def get(self, identity: str) -> Job | None:
        """Return one job."""
        with self._transaction() as sql:
            return Job.maybe(sql.execute("SELECT * FROM jobs WHERE id = ?", (identity,)).fetchone())

    def newest(self, *, state: str | None = None, limit: int, offset: int = 0) -> list[Job]:
        """Return jobs, the newest first."""
        with self._transaction() as sql:
            found = sql.execute(
                "SELECT * FROM jobs WHERE ?1 IS NULL OR state = ?1"
                " ORDER BY number DESC LIMIT ?2 OFFSET ?3",
                (state, limit, offset),
            )
            return [Job.of(row) for row in found]

    def surplus(self, keep: int) -> list[str]:
        """Return the ids of the ended jobs beyond the newest `keep`."""
        with self._transaction() as sql:
            found = sql.execute(
                "SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled')"
                " ORDER BY number DESC LIMIT -1 OFFSET ?",
                (keep,),
            )
            return [row["id"] for row in found]

    def counts(self) -> dict[str, int]:
        """Return how many jobs are in each state, zeros included."""
        with self._transaction() as sql:
            found = sql.execute("SELECT state, count(*) AS jobs FROM jobs GROUP BY state")
            return dict.fromkeys(STATES, 0) | {row["state"]: row["jobs"] for row in found}

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run statements as one transaction, alone among this process's threads."""
        with self._lock, _told(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have rolled back already
                    self._connection.execute("ROLLBACK")
                raise


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreFailed(
            f"the queue in {path} does not work: {error}", hint="free space, or look at the file"
        ) from error
