"""Exports a checkpoint's model as ONNX, with fresh inputs and torch's answers beside it.

Runs inside training images: imports torch, onnx and the trainer that the image holds. The argument
is {"checkpoint": file, "out": folder}; the folder gets model.onnx, parity.npz and answer.json:
{"exporter", "opset", "ir_version", "bytes"}, or {"problem"} where the exporter failed.
"""

import json
import sys
from pathlib import Path
from typing import Any

from trainer.checkpoint import read_checkpoint
from trainer.errors import TrainerError
from trainer.export import default_opset, export_onnx, torch_release
from trainer.smoke import write_parity_cases


def export(checkpoint: Path, folder: Path) -> dict[str, Any]:
    """Export and return the answer."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        held = read_checkpoint(checkpoint)
        model = held.restored_model()
        opset = default_opset(torch_release())
        exported = export_onnx(model, held.scene, folder / "model.onnx", opset=opset)
    except TrainerError as error:
        return {"problem": error.what}
    write_parity_cases(folder / "parity.npz", model, held.scene, held.training.seed)
    return {
        "exporter": exported.exporter,
        "opset": exported.opset,
        "ir_version": exported.ir_version,
        "bytes": exported.size,
    }


if __name__ == "__main__":
    question = json.loads(sys.argv[1])
    answer = export(Path(question["checkpoint"]), Path(question["out"]))
    Path(question["out"], "answer.json").write_text(json.dumps(answer))
