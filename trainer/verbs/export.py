"""`export`: a checkpoint's model as ONNX, with parity.npz for `check`."""

import argparse

from trainer import errors
from trainer.checkpoint import read_checkpoint
from trainer.export import default_opset, export_onnx, torch_release
from trainer.files import writable_folder
from trainer.smoke import write_parity_cases
from trainer.verbs.output import say


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with model.onnx and parity.npz in the folder, 1 where the export is not sound."""
    held = read_checkpoint(arguments.checkpoint)
    folder = writable_folder(arguments.out)
    model = held.restored_model()
    opset = arguments.opset or default_opset(torch_release())
    exported = export_onnx(model, held.scene, folder / "model.onnx", opset=opset)
    write_parity_cases(folder / "parity.npz", model, held.scene, held.training.seed)
    say(f"{folder / 'model.onnx'}: {exported.exporter} exporter, opset {exported.opset}")
    return errors.CLEAN
