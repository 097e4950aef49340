"""Where requests meet the queue: opens store and runner, keeps the limits. Imports both.

A data folder that cannot be used (not writable, full, in use by another service) does not end the
service: it is tried again with each request, and each says why it fails.
"""

import contextlib
import shutil
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

from trainer.files import writable_folder
from trainer.jobs.progress import Progress, read_progress
from trainer.jobs.record import Job
from trainer.jobs.runner import Runner
from trainer.jobs.store import Store
from trainer.settings import Training, number_told
from trainer.stopping import alone

_FILE = "jobs.sqlite"


class KeyReused(Exception):
    """An idempotency key came again with another request."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much may wait, and how much is kept."""

    queue: int = 16  # jobs that wait
    keep: int = 100  # jobs that have ended, with their files; the oldest beyond are removed

    @classmethod
    def told(cls) -> "Limits":
        """Return what IMAGEWRIGHT_QUEUE and IMAGEWRIGHT_KEEP say; raises `BadInput`."""
        return cls(
            queue=number_told("IMAGEWRIGHT_QUEUE", cls.queue, range(1, 100_001)),
            keep=number_told("IMAGEWRIGHT_KEEP", cls.keep, range(1, 100_001)),
        )


class Desk:
    """The jobs of one data folder, for one service."""

    def __init__(self, data: Path, device: str, limits: Limits) -> None:
        self.limits = limits
        self._folder, self._device = data / "jobs", device
        self._opening = threading.Lock()
        self._held = contextlib.ExitStack()
        self._opened: tuple[Store, Runner] | None = None

    def opened(self) -> tuple[Store, Runner]:
        """Return store and runner, opened at the first call; raises `WorldFailed`, `BadInput`."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def close(self) -> None:
        """Put the running job back to the queue, with a checkpoint, and let go of the folder."""
        with self._opening:
            if self._opened is not None:
                store, runner = self._opened
                runner.stop()
                store.close()
                self._opened = None
            self._held.close()

    def submit(self, training: Training, key: str | None) -> tuple[Job, bool]:
        """Queue a training; return its job, and whether it is new.

        Raises `QueueFull`, and `KeyReused` where the key belongs to other settings.
        """
        store, runner = self.opened()
        fresh = uuid.uuid4().hex
        job = store.add(fresh, training.as_dict(), key, most=self.limits.queue)
        if job.settings != training.as_dict():
            raise KeyReused(job.id)
        runner.wake()
        for surplus in store.surplus(self.limits.keep):
            self._forget(store, surplus)
        return job, job.id == fresh

    def withdraw(self, identity: str) -> Job | None:
        """Cancel a job, or forget one that has ended; return what it is now, None if unknown."""
        store, runner = self.opened()
        job = store.get(identity)
        if job is not None and job.has_ended:
            self._forget(store, identity)
            return job
        job = store.cancel(identity)
        if job is not None and job.state == "cancelling":
            runner.cancel(identity)
        return job

    def progress(self, job: Job) -> Progress:
        """Return where a job is."""
        of = int(job.settings["steps"])
        if job.has_ended and job.summary:  # before the runner: it may not have looked away yet
            known = {k: v for k, v in job.summary.items() if k in Progress.model_fields}
            return Progress(**{"of": of, **known})
        _, runner = self.opened()
        return runner.live().get(job.id) or read_progress(
            self._folder / job.id / "metrics.jsonl", of
        )

    def file(self, job: Job, name: str) -> Path:
        """Return the path of one of a job's files."""
        return self._folder / job.id / name

    def _open(self) -> tuple[Store, Runner]:
        writable_folder(self._folder)
        with contextlib.ExitStack() as held:
            held.enter_context(
                alone(self._folder / "service.lock", what="another service has this data folder")
            )
            store = Store(self._folder / _FILE)
            store.recover()
            runner = Runner(store, self._folder, self._device)
            runner.start()
            self._held = held.pop_all()
        return store, runner

    def _forget(self, store: Store, identity: str) -> None:
        store.remove(identity)
        shutil.rmtree(self._folder / identity, ignore_errors=True)
