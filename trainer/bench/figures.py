"""Clocks and statistics of the measurements. Imports torch."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from trainer.device import Device


def seconds(device: Device, work: Callable[[], object]) -> float:
    """Return how long `work` takes: by device events on a GPU, by the clock elsewhere.

    The events lie around everything that the work queued, so that host and device both count.
    """
    if not device.is_gpu:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began
    event: Any = torch.cuda.Event  # untyped in torch
    before, after = event(enable_timing=True), event(enable_timing=True)
    torch.cuda.synchronize()
    before.record()
    work()
    after.record()
    torch.cuda.synchronize()
    return float(before.elapsed_time(after)) / 1000


def spread(values: list[float]) -> dict[str, float]:
    """Return median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": middle, "lower": low, "upper": high}
