"""Works off several queues at once, one thing at a time in each.

Imports nothing of ours. Prints nothing.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence

_ASK_AGAIN_SECONDS = 0.2
_PATIENCE_SECONDS = 30
"""How long what is under way gets to end; what an engine that is mute holds up is left to it."""


def work_off(
    queues: Iterable[Sequence[str]], work: Callable[[str], None], stop: Callable[[], None]
) -> None:
    """Call `work` with every name: in order within a queue, the queues beside each other.

    A single queue is worked off in the calling thread. After an exception of `work`, or a Ctrl-C,
    nothing new is begun, and it goes on upward once all have ended. A thread cannot be
    interrupted: `stop` takes away what it waits for, and is called until the last one has ended,
    for half a minute at most.
    """
    waiting = [names for names in queues if names]
    if len(waiting) < 2:
        for name in (name for names in waiting for name in names):
            work(name)
        return
    crew = _Crew(waiting, work)
    try:
        crew.run()
    except BaseException:
        crew.stop(stop)
        raise


class _Crew:
    """A thread for each queue. They are daemons: one that is held up for good ends with us."""

    def __init__(self, queues: Iterable[Sequence[str]], work: Callable[[str], None]) -> None:
        self._work = work
        self._stopped = threading.Event()
        self._ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work_one_off, args=(names,), daemon=True)
            for names in queues
        ]

    def run(self) -> None:
        """Work all off; raises the first exception as soon as it is there."""
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            failure = self._next_end()
            if failure is not None:
                raise failure

    def _next_end(self) -> BaseException | None:
        """Wait until a thread ends. A signal that comes just before a wait does not end it."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=_ASK_AGAIN_SECONDS)

    def stop(self, stop: Callable[[], None]) -> None:
        """Begin nothing new, and call `stop`, which may itself be held up, until all have ended."""
        self._stopped.set()
        stopper = threading.Thread(target=self._insist, args=(stop,), daemon=True)
        stopper.start()
        stopper.join(_PATIENCE_SECONDS)

    def _insist(self, stop: Callable[[], None]) -> None:
        while any(thread.is_alive() for thread in self._threads):
            stop()
            time.sleep(_ASK_AGAIN_SECONDS)

    def _work_one_off(self, names: Sequence[str]) -> None:
        failure = None
        try:
            for name in names:
                if self._stopped.is_set():
                    break
                self._work(name)
        except BaseException as error:  # noqa: BLE001  (raised again by `run`)
            failure = error
        self._ended.put(failure)
