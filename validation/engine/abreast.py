"""Works off several queues at once, one thing at a time in each.

Imports nothing of ours. Prints nothing.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

_ASK_AGAIN_SECONDS = 0.2


def work_off(
    queues: Iterable[Sequence[str]], work: Callable[[str], None], stop: Callable[[], None]
) -> None:
    """Call `work` with every name: in order within a queue, the queues beside each other.

    A single queue is worked off in the calling thread. After an exception of `work`, or a Ctrl-C,
    nothing new is begun, and it goes on upward once all have ended. A thread cannot be
    interrupted: `stop` takes away what it waits for, and is called until the last one has ended.
    """
    waiting = [queue for queue in queues if queue]
    if len(waiting) < 2:
        for name in (name for queue in waiting for name in queue):
            work(name)
        return
    stopped = threading.Event()
    busy: set[str] = set()

    def work_one_off(queue: Sequence[str]) -> None:
        for name in queue:
            busy.add(name)
            try:
                if stopped.is_set():
                    return
                work(name)
            except BaseException:
                stopped.set()
                raise
            finally:
                busy.discard(name)

    with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
        try:
            workers = [pool.submit(work_one_off, queue) for queue in waiting]
            for worker in wait(workers, return_when=FIRST_EXCEPTION).done:
                worker.result()
        except BaseException:
            stopped.set()
            while busy:
                stop()
                time.sleep(_ASK_AGAIN_SECONDS)
            raise
