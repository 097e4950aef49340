"""Trains in this process and measures it: seconds, step times, peak memory.

Runs inside training images: imports torch and the trainer that the image holds. The argument is
{"out": folder, "device": "cpu" or "cuda", "seed", "steps"}; the folder gets the checkpoint and
answer.json: {"device", "seconds", "examples_per_second", "step_seconds", "host_bytes",
"device_bytes" (null on the CPU), "learned": {"loss_first", "loss_last", "error_first",
"error_last"}}.
"""

import json
import re
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch

from trainer.device import Device, choose_device
from trainer.scene import Scene
from trainer.settings import Training
from trainer.training import Hooks, Run

_BLOCK = 20  # steps; the trainer waits for a GPU as often, and queues work in between


class Clock:
    """Ticks after every step: the trainer asks it whether to stop, and it never says so."""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def __call__(self) -> bool:
        """Take the time of a step's end."""
        self.ticks.append(time.perf_counter())
        return False


def step_seconds(ticks: list[float]) -> float:
    """Return the median seconds of a step, over blocks: the first is left out as a warm-up.

    A median passes over the blocks in which the trainer validated and wrote a checkpoint. Runs of
    less than three blocks are told step by step.
    """
    size = _BLOCK if len(ticks) > 3 * _BLOCK else 1
    marks = ticks[size - 1 :: size]
    return median((after - before) / size for before, after in pairwise(marks))


def host_bytes() -> int:
    """Return the most memory that this process ever held, in bytes, as the kernel counted it."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def device_bytes(device: Device) -> int | None:
    """Return the most GPU memory that torch's and CuPy's pools held, in bytes.

    CuPy's pool gives nothing back by itself, so that its size at the end is its largest.
    """
    if not device.is_gpu:
        return None
    held = int(torch.cuda.max_memory_reserved(device.torch))
    if not device.synthesises_on_cpu:
        held += int(device.arrays.get_default_memory_pool().total_bytes())
    return held


def train(asked: dict[str, Any]) -> dict[str, Any]:
    """Train as asked and return the answer."""
    folder = Path(asked["out"])
    folder.mkdir(parents=True, exist_ok=True)
    device, clock = choose_device(asked["device"]), Clock()
    training = Training(seed=asked["seed"], steps=asked["steps"])
    begin = time.perf_counter()
    outcome = Run(Scene(), training, device, folder=folder, hooks=Hooks(stop=clock)).finish()
    seconds = time.perf_counter() - begin
    return {
        "device": device.torch.type,
        "seconds": seconds,
        "examples_per_second": training.steps * training.batch / seconds,
        "step_seconds": step_seconds(clock.ticks),
        "host_bytes": host_bytes(),
        "device_bytes": device_bytes(device),
        "learned": {
            "loss_first": outcome.first.loss,
            "loss_last": outcome.last.loss,
            "error_first": outcome.first.error,
            "error_last": outcome.last.error,
        },
    }


if __name__ == "__main__":
    question = json.loads(sys.argv[1])
    answer = train(question)
    Path(question["out"], "answer.json").write_text(json.dumps(answer))
