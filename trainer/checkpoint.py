"""Checkpoints: everything a run needs to go on, in one file. Imports torch, model, scene.

Only tensors and plain values are inside, so `torch.load(weights_only=True)` reads it in every
torch from 2.2 on (2.6 made that the default) and no pickled code from a file is ever run.
"""

import io
import pickle
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from trainer.errors import BadInput
from trainer.files import write_atomically
from trainer.model import Locator
from trainer.scene import Scene
from trainer.settings import Training

FORMAT = "imagewright-checkpoint-1"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The state after `step` steps; tensors are on the CPU."""

    step: int
    model: dict[str, Any]
    optimizer: dict[str, Any]
    scene: Scene
    training: Training
    best: float  # lowest validation loss so far, in nats; infinite before the first
    waited: int  # validations since then

    def restored_model(self) -> Locator:
        """Return a fresh model with these weights, on the CPU; raises `BadInput`."""
        model = Locator(self.scene)
        try:
            model.load_state_dict(self.model, strict=True)
        except (RuntimeError, TypeError, AttributeError) as error:
            raise BadInput(f"the checkpoint's weights do not fit: {error}") from error
        return model


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically: a kill at any moment leaves the old file or the new one."""
    buffer = io.BytesIO()  # torch's own writer aborts the process on a full disk in some versions
    torch.save(
        {
            "format": FORMAT,
            "torch": str(torch.__version__),
            "step": checkpoint.step,
            "model": checkpoint.model,
            "optimizer": checkpoint.optimizer,
            "scene": checkpoint.scene.as_dict(),
            "training": checkpoint.training.as_dict(),
            "best": checkpoint.best,
            "waited": checkpoint.waited,
        },
        buffer,
    )
    write_atomically(path, buffer.getvalue())


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without running anything from it; raises `BadInput`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # guesses about foreign files: they are refused below
            held = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise BadInput(f"no checkpoint at {path}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{path} cannot be read as a checkpoint: {first}") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise BadInput(f"{path} is not a checkpoint of this trainer ({FORMAT})")
    try:
        return Checkpoint(
            step=int(held["step"]),
            model=held["model"],
            optimizer=held["optimizer"],
            scene=Scene.from_dict(held["scene"]),
            training=Training.from_dict(held["training"]),
            best=float(held["best"]),
            waited=int(held["waited"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path} lacks a part of a checkpoint: {error!r}") from error
