"""The thread that runs one job after the other, each in a child process. Imports store, child.

What it holds in memory only is for looking at: the queue itself is in the store, so the service
can be killed at any moment. One thread, so one job at a time has the device.
"""

import contextlib
import logging
import threading
import time
from pathlib import Path

from trainer.errors import WorldFailed
from trainer.files import cannot_write, write_json
from trainer.jobs.child import SETTINGS, Child, Ending, argv_of
from trainer.jobs.progress import Progress, Watch, read_progress
from trainer.jobs.record import Job
from trainer.jobs.store import Store, StoreFailed

GRACE = 6.0  # seconds a child has for its checkpoint; below the 10 that Docker gives the service
_LOOK = 0.5  # seconds between looks at a running job
_AGAIN = 1.0  # seconds before a store that refused is asked again

log = logging.getLogger(__name__)


class Runner:
    """Runs the jobs of one store, in folders below `folder`, on a wished device."""

    def __init__(self, store: Store, folder: Path, device: str) -> None:
        self._store, self._folder, self._device = store, folder, device
        self._woken, self._stopping = threading.Event(), threading.Event()
        self._cancelled: set[str] = set()
        self._live: dict[str, Progress] = {}
        self._unrecorded: dict[str, Ending] = {}
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Have the running job checkpoint and go back to the queue; returns when it has."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Look at the queue now."""
        self._woken.set()

    def cancel(self, identity: str) -> None:
        """Stop this job if it runs; the store says already that it is to be cancelled."""
        self._cancelled.add(identity)
        self._woken.set()

    def live(self) -> dict[str, Progress]:
        """Return the progress of what runs: one job or none."""
        return dict(self._live)

    def unrecorded(self, identity: str) -> Ending | None:
        """Return how a job ended that the store could not record yet (its disk is full)."""
        return self._unrecorded.get(identity)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._store.take()
            except StoreFailed as error:
                log.warning("no job can be taken: %s", error.what)
                self._stopping.wait(_AGAIN)
                continue
            if job is None:
                self._woken.wait(_AGAIN)
                self._woken.clear()
                continue
            # A cancellation that came just after its job's end would be kept for ever.
            self._cancelled.intersection_update({job.id})
            try:
                ending = self._ending(job)
            except Exception as error:  # a defect of ours: the next job must still run
                log.exception("job %s could not be run", job.id)
                ending = Ending(kind="failed", reason=f"the service could not run it: {error!r}")
            self._settle(job, ending)
            self._live.clear()
            self._cancelled.discard(job.id)

    def _ending(self, job: Job) -> Ending:
        """Run a job's process to its end."""
        folder = self._folder / job.id
        log.info("job %s: attempt %d", job.id, job.attempts)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / SETTINGS, job.settings)
            child = Child(argv_of(folder, self._device))
        except WorldFailed as error:
            return Ending(kind="failed", reason=error.what)
        except OSError as error:
            return Ending(kind="failed", reason=cannot_write(folder, error).what)
        watch = Watch(folder / "metrics.jsonl", job.settings["steps"])
        with contextlib.closing(child):
            while True:
                self._live[job.id] = watch.look()
                ending = child.ended(_LOOK)
                if ending is not None:
                    return ending
                if self._stopping.is_set() or job.id in self._cancelled:
                    return child.stop(GRACE)

    def _settle(self, job: Job, ending: Ending) -> None:
        """Record an ending, as often as it takes: nobody else may run before."""
        self._unrecorded[job.id] = ending
        while True:
            try:
                self._record(job, ending)
            except StoreFailed as error:
                log.warning("job %s %s, and %s", job.id, ending.kind, error.what)
                if self._stopping.wait(_AGAIN):
                    return  # it will be found running, and run again
                continue
            del self._unrecorded[job.id]
            log.info("job %s: %s", job.id, ending.reason or ending.kind)
            return

    def _record(self, job: Job, ending: Ending) -> None:
        cancelled = job.id in self._cancelled
        if ending.kind == "stopped" and not cancelled:
            self._store.put_back(job.id, orderly=self._stopping.is_set())
            return
        metrics = self._folder / job.id / "metrics.jsonl"
        progress = read_progress(metrics, job.settings["steps"]).model_dump(exclude_none=True)
        started = job.started or job.created
        summary = progress | {"seconds": round(time.time() - started, 1)}
        state = "cancelled" if cancelled else ending.kind
        self._store.finish(job.id, state, reason=ending.reason, summary=summary)
