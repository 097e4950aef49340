"""The same samples by CuPy on the GPU and by NumPy on every core. Imports torch for its clock."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from trainer import draws
from trainer.bench.figures import seconds, spread
from trainer.device import Device, choose_device
from trainer.scene import Scene
from trainer.synthesis import synthesise

_PIECE = 64  # examples that a core makes at once: more fall out of its cache


def measure_synthesis(device: Device, *, examples: int, rounds: int) -> dict[str, Any]:
    """Return examples per second of both, their ratio, and how far the samples are apart.

    NumPy has every core that this process may use: its loops let go of the interpreter's lock.
    """
    scene, cores = Scene(), len(os.sched_getaffinity(0))
    cpu = choose_device("cpu")
    found: dict[str, list[float]] = {"numpy": [], "cupy": []}
    report: dict[str, Any] = {"examples": examples, "cores": cores, "rounds": rounds}
    with ThreadPoolExecutor(max_workers=cores) as pool:
        for _ in range(rounds):
            taken = seconds(cpu, lambda: list(pool.map(_piece(scene), range(0, examples, _PIECE))))
            found["numpy"].append(examples / taken)
    report["numpy"] = spread(found["numpy"])
    if device.synthesises_on_cpu:
        return report | {"cupy": None, "reason": "no GPU, or no CuPy"}

    def all_at_once() -> Any:  # noqa: ANN401  (a CuPy array: it has no types)
        return synthesise(
            device.arrays, scene, seed=0, stream=draws.TRAINING, first=0, count=examples
        )[0]

    there = all_at_once()  # compiles the kernels
    for _ in range(rounds):
        found["cupy"].append(examples / seconds(device, all_at_once))
    here = _piece(scene)(0)
    report["cupy"] = spread(found["cupy"])
    report["times"] = report["cupy"]["median"] / report["numpy"]["median"]
    report["largest_difference"] = float(
        np.abs(there[: len(here)].get() - here).max() / np.abs(here).max()
    )
    return report


def _piece(scene: Scene) -> Any:  # noqa: ANN401  (a function of an index)
    def make(first: int) -> Any:  # noqa: ANN401  (complex64 array)
        return synthesise(np, scene, seed=0, stream=draws.TRAINING, first=first, count=_PIECE)[0]

    return make
