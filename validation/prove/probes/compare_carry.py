"""Loads a checkpoint that another image made, and compares its outputs with that image's.

Runs inside training images: imports torch and the trainer that the image holds. The checkpoint is
read with weights_only=True, said and not left to the default, which changed in torch 2.6; its
weights are loaded strictly. The argument is {"checkpoint": file, "parity": file of inputs and
expected outputs, "devices": ["cpu"] or ["cpu", "cuda"], "out": folder}; the folder gets
answer.json: {"weights_only_default", "loads", "reason", "gaps": {device: [{"output", "batch",
"absolute", "relative"}]}, "restores", "validation"}; what is not finite is null.
"""

import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from trainer import parity
from trainer.checkpoint import read_checkpoint
from trainer.device import choose_device, to_numpy, to_torch
from trainer.errors import TrainerError
from trainer.export import torch_release
from trainer.model import Locator
from trainer.scene import Scene
from trainer.training import Run


def load(path: Path) -> Locator:
    """Return the network with the checkpoint's weights; raises as torch does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch guesses about a file is not what is asked
        held = torch.load(path, map_location="cpu", weights_only=True)
    model = Locator(Scene.from_dict(held["scene"]))
    model.load_state_dict(held["model"], strict=True)
    model.eval()
    return model


def finite(value: float) -> float | None:
    """Return a number, or None for what JSON cannot hold."""
    return value if math.isfinite(value) else None


def gaps(model: Locator, cases: list[Any], wish: str) -> list[dict[str, Any]]:
    """Return how far the model's outputs on a device are from the expected ones."""
    device = choose_device(wish)
    torch.backends.cuda.matmul.allow_tf32 = False  # float32 is what the other image computed in
    torch.backends.cudnn.allow_tf32 = False
    model.to(device.torch)
    found = []
    for case in cases:
        inputs = [to_torch(case[name], device) for name in parity.INPUTS]
        with torch.no_grad():
            outputs = [to_numpy(each) for each in model(*inputs)]
        for name, got in zip(parity.OUTPUTS, outputs, strict=True):
            gap = parity.difference(name, got, case[name])
            figures = {"absolute": finite(gap.absolute), "relative": finite(gap.relative)}
            found.append({"output": name, "batch": gap.batch, **figures})
    return found


def resume(path: Path, wish: str) -> dict[str, Any]:
    """Return whether the optimiser takes its state, and the restored model's validation loss."""
    try:
        held = read_checkpoint(path)
        run = Run(held.scene, held.training, choose_device(wish), resume=held)
        return {"restores": True, "validation": finite(run.finish().first.loss)}
    except TrainerError as error:
        return {"restores": False, "reason": error.what}


def carry(asked: dict[str, Any]) -> dict[str, Any]:
    """Load, compare, resume; return the answer."""
    path = Path(asked["checkpoint"])
    answer: dict[str, Any] = {"weights_only_default": torch_release() >= (2, 6)}
    try:
        model = load(path)
    except Exception as error:  # noqa: BLE001  (whatever torch raises at it is what is to be told)
        lines = str(error).strip().splitlines()
        told = " ".join(line.strip() for line in lines[:3])
        return answer | {"loads": False, "reason": f"{type(error).__name__}: {told}"}
    resumed = resume(path, asked["devices"][-1])  # before gaps() makes a GPU compute otherwise
    cases = parity.read_parity(Path(asked["parity"]))
    compared = {device: gaps(model, cases, device) for device in asked["devices"]}
    return answer | {"loads": True, "gaps": compared} | resumed


if __name__ == "__main__":
    question = json.loads(sys.argv[1])
    Path(question["out"]).mkdir(parents=True, exist_ok=True)
    Path(question["out"], "answer.json").write_text(json.dumps(carry(question)))
