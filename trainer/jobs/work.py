"""What a job's process does: train, or go on from its checkpoint; then export. Imports torch.

The folder is all it knows: settings.json is read; metrics.jsonl, checkpoint.pt, model.onnx and
parity.npz are written. It can be killed at any moment and started again in the same folder.
"""

import json
from collections.abc import Callable
from pathlib import Path

from trainer.checkpoint import read_checkpoint
from trainer.device import choose_device
from trainer.errors import BadInput
from trainer.export import default_opset, export_onnx, torch_release
from trainer.jobs.child import SETTINGS
from trainer.scene import Scene
from trainer.settings import Training
from trainer.smoke import write_parity_cases
from trainer.training import Hooks, Report, Run


def work(folder: Path, device: str, *, report: Report, stop: Callable[[], bool]) -> None:
    """Bring the job of a folder to its end.

    Raises `Stopped` (a checkpoint is there), and what training and export raise.
    """
    training = read_settings(folder / SETTINGS)
    checkpoint = folder / "checkpoint.pt"
    resume = read_checkpoint(checkpoint) if checkpoint.exists() else None
    if resume and resume.training != training:
        raise BadInput(f"{checkpoint} is of other settings than {folder / SETTINGS}")
    scene = resume.scene if resume else Scene()
    run = Run(
        scene,
        training,
        choose_device(device),
        folder=folder,
        resume=resume,
        hooks=Hooks(report=report, stop=stop),
    )
    model = run.finish().checkpoint.restored_model()
    # The inputs first: whoever sees model.onnx finds what it must answer beside it.
    write_parity_cases(folder / "parity.npz", model, scene, training.seed)
    export_onnx(model, scene, folder / "model.onnx", opset=default_opset(torch_release()))


def read_settings(path: Path) -> Training:
    """Read settings.json; raises `BadInput`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as settings: {error}") from error
    return Training.from_dict(told)
