"""Batches of fresh examples: batch k is a pure function of (seed, k). Imports synthesis, features.

On the CPU the next batches are made in a thread while torch trains (NumPy lets go of the
interpreter lock). On a GPU CuPy only queues kernels, so there is nothing to overlap; but queueing
them takes as long for 64 examples as for thousands, so the examples of many steps are made at once.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from torch import Tensor

from trainer import draws
from trainer.device import Device, to_torch
from trainer.features import features
from trainer.scene import Scene
from trainer.settings import Training
from trainer.synthesis import synthesise

_AT_ONCE = 4096  # examples that a GPU makes at once; the work takes about 1 GB there
_AHEAD = 4  # batches held ready; enough to hide one slow batch, about 1 MB each at 64 examples


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Examples on the device: network inputs and the true positions, float32."""

    correlation: Tensor  # (B, pairs, lags)
    level: Tensor  # (B, receivers)
    position: Tensor  # (B, 2), half sides

    def part(self, which: slice) -> "Batch":
        """Return some of the examples, as views."""
        return Batch(
            correlation=self.correlation[which],
            level=self.level[which],
            position=self.position[which],
        )


Source = Callable[[int], Batch]
"""Gives the batch of a step."""


def make_batch(
    scene: Scene, device: Device, *, seed: int, stream: int, first: int, count: int
) -> Batch:
    """Synthesise examples first … first+count-1 of a stream and run the front end on them."""
    xp = device.arrays
    iq, position = synthesise(xp, scene, seed=seed, stream=stream, first=first, count=count)
    correlation, level = features(xp, scene, iq)
    return Batch(
        correlation=to_torch(correlation, device),
        level=to_torch(level, device),
        position=to_torch(position, device),
    )


def training_source(scene: Scene, device: Device, training: Training) -> Source:
    """Return the source of training batches: step k sees examples k·size … (k+1)·size-1.

    On a GPU whole blocks of steps are made at once, the blocks counted from step 0: so a resumed
    run makes the same blocks.
    """
    size = training.batch
    steps = 1 if device.synthesises_on_cpu else max(1, _AT_ONCE // size)

    @functools.lru_cache(maxsize=1)
    def block(number: int) -> Batch:
        first, count = number * steps * size, steps * size
        return make_batch(
            scene, device, seed=training.seed, stream=draws.TRAINING, first=first, count=count
        )

    def source(step: int) -> Batch:
        number, place = divmod(step, steps)
        return block(number).part(slice(place * size, (place + 1) * size))

    return source


def in_order(source: Source, steps: range, *, ahead: bool) -> Iterator[Batch]:
    """Yield the batches of `steps`; with `ahead`, made in a thread before they are needed."""
    if not ahead:
        yield from map(source, steps)
        return
    waiting: deque[Future[Batch]] = deque()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="synthesis")
    try:
        for step in steps:
            waiting.append(pool.submit(source, step))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
