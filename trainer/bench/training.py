"""Training as it is done, against a bare loop. Imports torch.

The bare loop is what anyone would write first: the same network, optimiser, precision and layout,
on batches that lie on the device already; no synthesis, schedule, metrics, validation or
checkpoint. Both are taken in turns, and a share of 0.9 says that all the rest costs a tenth.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from trainer.batches import Batch, training_source
from trainer.bench.figures import seconds, spread
from trainer.device import Device
from trainer.model import negative_log_likelihood
from trainer.scene import Scene
from trainer.settings import Training
from trainer.step import Stepper
from trainer.training import Run

_POOL = 32  # batches on the device that the bare loop goes round
_WARM = 100  # steps before anything is measured: kernels are compiled and chosen in them


def measure_training(device: Device, training: Training, *, rounds: int) -> dict[str, Any]:
    """Return examples per second of both loops, and their ratio in each round."""
    scene = Scene()
    source = training_source(scene, device, training)
    pool = [source(step) for step in range(_POOL)]
    bare = Stepper(scene, training, device)
    _bare_loop(bare, pool, _WARM, device, training)
    _full_loop(scene, replace(training, steps=_WARM), device)
    examples = training.steps * training.batch
    found: dict[str, list[float]] = {"bare": [], "full": [], "share": []}
    for _ in range(rounds):
        alone = seconds(device, lambda: _bare_loop(bare, pool, training.steps, device, training))
        whole = _full_loop(scene, training, device)
        found["bare"].append(examples / alone)
        found["full"].append(examples / whole)
        found["share"].append(alone / whole)
    return {"steps": training.steps, "batch": training.batch, "rounds": rounds} | {
        name: spread(values) for name, values in found.items()
    }


def _bare_loop(
    stepper: Stepper, pool: list[Batch], steps: int, device: Device, training: Training
) -> None:
    model, optimizer = stepper.model, stepper.optimizer
    for step in range(steps):
        batch = pool[step % len(pool)]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=device.has_bfloat16):
            fused = model.encode(batch.correlation, batch.level)
        position, log_variance = model.decide(fused.float())
        loss = negative_log_likelihood(position, log_variance, batch.position)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's annotation is incomplete
        nn.utils.clip_grad_norm_(model.parameters(), training.clip)
        optimizer.step()


def _full_loop(scene: Scene, training: Training, device: Device) -> float:
    """Return the seconds of a whole run with files, its preparation left out."""
    with tempfile.TemporaryDirectory(prefix="imagewright-bench-") as folder:
        run = Run(scene, training, device, folder=Path(folder))
        return seconds(device, run.finish)
