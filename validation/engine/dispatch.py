"""Builds shares of images in their places at once; what a place loses, the others build.

Imports build, places, process, model and errors. Prints nothing: what happens is told to the
caller.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from validation.engine.build import BuildResult
from validation.engine.places import Place
from validation.errors import ExitCode
from validation.model import Image
from validation.process import end_children

_ASK_AGAIN_SECONDS = 0.2


class Dispatch:
    """The work of one command: a queue for each place, and threads that work it off.

    `build` makes one image in one place; a failure is a result. `problem` says why a place does
    not answer, or "". `may` says whether an image may go to a place.
    """

    def __init__(
        self,
        places: Sequence[Place],
        queues: Mapping[str, Sequence[Image]],
        *,
        build: Callable[[Place, Image], BuildResult],
        problem: Callable[[Place], str],
        may: Callable[[Place, Image], bool],
        on_result: Callable[[BuildResult], None],
        on_lost: Callable[[Place, str], None],
    ) -> None:
        self._places = tuple(places)
        self._queues = {place.name: deque(queues.get(place.name, ())) for place in places}
        self._build = build
        self._problem = problem
        self._may = may
        self._on_result = on_result
        self._on_lost = on_lost
        self._lost: dict[str, str] = {}
        self._running = 0
        self._stopped = False
        self._results: list[BuildResult] = []
        self._changed = threading.Condition()

    def run(self, at_once: int) -> tuple[BuildResult, ...]:
        """Build all, at most `at_once` together in each place; return results as they ended.

        A Ctrl-C ends the running builds before it goes on upward.
        """
        with ThreadPoolExecutor(max_workers=at_once * len(self._places)) as pool:
            try:
                workers = [
                    pool.submit(self._work, place) for place in self._places for _ in range(at_once)
                ]
                while not _all_ended(workers):
                    continue
            except BaseException:
                self._stop()
                while self._running:
                    end_children()  # again and again: one may be about to begin
                    time.sleep(_ASK_AGAIN_SECONDS)
                raise
        return tuple(self._results)

    def _work(self, place: Place) -> None:
        while (image := self._next(place)) is not None:
            try:
                result = self._build(place, image)
                failed = result.exit_code is not ExitCode.CLEAN
                why = self._problem(place) if failed and not self._stopped else ""
                with self._changed:
                    if why:
                        self._lose(place, why, image, result)
                    else:
                        self._settle(result)
            except BaseException:
                self._stop()
                raise
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    def _next(self, place: Place) -> Image | None:
        """Return what to build next in a place, waiting while others may hand it something."""
        queue = self._queues[place.name]
        with self._changed:
            while True:
                if self._stopped or place.name in self._lost:
                    return None
                if queue:
                    self._running += 1
                    return queue.popleft()
                if not self._running and not any(self._queues.values()):
                    return None
                self._changed.wait()

    def _lose(self, place: Place, why: str, image: Image, result: BuildResult) -> None:
        """Hand what a place that is gone had to build to those that are left."""
        if place.name not in self._lost:
            self._lost[place.name] = why
            self._on_lost(place, why)
        waiting = [image, *self._queues[place.name]]
        self._queues[place.name].clear()
        for each in waiting:
            left = [
                other
                for other in self._places
                if other.name not in self._lost and self._may(other, each)
            ]
            if left:
                heir = min(left, key=lambda other: len(self._queues[other.name]))
                self._queues[heir.name].append(each)
            else:
                self._settle(lost_result(place, each, why, result))

    def _settle(self, result: BuildResult) -> None:
        self._results.append(result)
        self._on_result(result)

    def _stop(self) -> None:
        with self._changed:
            for queue in self._queues.values():
                queue.clear()
            self._stopped = True
            self._changed.notify_all()


def _all_ended(workers: Sequence[Future[None]]) -> bool:
    """Wait a moment and return whether all have ended; raises what one of them raised.

    Only a moment, since a signal that comes just before a wait does not end it.
    """
    found = wait(workers, timeout=_ASK_AGAIN_SECONDS, return_when=FIRST_EXCEPTION)
    for worker in found.done:
        worker.result()
    return not found.not_done


def lost_result(place: Place, image: Image, why: str, result: BuildResult) -> BuildResult:
    """Return how an image ended whose place is gone, with nobody left to build it."""
    first = result.image == image.id
    return BuildResult(
        image=image.id,
        status="failed",
        place=place.name,
        seconds=result.seconds if first else 0.0,
        message=f"{place.name} stopped answering while this was built ({why})"
        if first
        else f"{place.name} stopped answering before this was built ({why})",
        details=result.details if first else (),
        hint=f"{place.next_step}, then run the same command again",
        exit_code=ExitCode.WORLD_FAILED,
    )
