"""The trained network as one ONNX file. Imports torch, onnx, model, scene.

torch has had two exporters: "dynamo" (torch.export, the default from 2.9, needs onnxscript, writes
opset 18 and up) and "torchscript" (tracing, the only one worth using before). Both are asked for
the same thing; what came out is read back and verified, because an exporter may write another
opset than it was asked for and only log that (seen: torch 2.15 asked for 17 writes 18).
"""

import importlib.util
import json
import logging
import os
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch

from trainer import features
from trainer.errors import BadInput, ProofFailed
from trainer.files import write_atomically
from trainer.model import INPUTS, OUTPUTS, Locator
from trainer.scene import Scene
from trainer.settings import image_id, revision

DEFAULT_OPSET = 18
OPSETS = range(13, 24)
_LARGEST = 2**31 - 1  # bytes; protobuf cannot hold more in one message
_EXAMPLES = 3  # batch that the exporter sees; not 1, which it would take for a constant


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written, read back from the file's bytes."""

    exporter: str
    opset_asked: int
    opset: int
    ir_version: int
    size: int  # bytes

    def as_dict(self) -> dict[str, Any]:
        """Return the figures under the names that smoke.json uses."""
        return {
            "exporter": self.exporter,
            "opset_asked": self.opset_asked,
            "opset": self.opset,
            "ir_version": self.ir_version,
            "model_bytes": self.size,
        }


def choose_exporter(torch_release: tuple[int, int], *, onnxscript: bool, opset: int) -> str:
    """Return "dynamo" or "torchscript" for a torch (major, minor) and an opset."""
    return "dynamo" if torch_release >= (2, 9) and onnxscript and opset >= 18 else "torchscript"


def default_opset(torch_release: tuple[int, int]) -> int:
    """Return the opset that the image asks for (IMAGEWRIGHT_OPSET).

    Where it asks for none: 18, or the newest that an older torch writes (17 before torch 2.4).
    Raises `BadInput` for a value that is no opset.
    """
    told = os.environ.get("IMAGEWRIGHT_OPSET", "")
    if not told:
        return DEFAULT_OPSET if torch_release >= (2, 4) else 17
    if not (told.isascii() and told.isdigit() and int(told) in OPSETS):
        raise BadInput(f"IMAGEWRIGHT_OPSET={told!r} is not {OPSETS.start}..{OPSETS.stop - 1}")
    return int(told)


def torch_release(version: str = torch.__version__) -> tuple[int, int]:
    """Return (major, minor) of a torch version such as "2.7.1+cu126" or "2.9.0a0+git1"."""
    major, minor = re.findall(r"\d+", version)[:2]
    return int(major), int(minor)


def export_onnx(model: Locator, scene: Scene, path: Path, *, opset: int) -> Exported:
    """Export a model (on the CPU), verify the result, then write it to `path` atomically.

    The file holds all weights, takes any batch size, and carries `metadata_props`: the image,
    torch, opset, revision, and the scene and front-end version that its numbers refer to. Raises
    `ProofFailed` where the exporter fails or wrote something else than asked.
    """
    if opset not in OPSETS:
        raise BadInput(f"opset {opset} is outside {OPSETS.start}..{OPSETS.stop - 1}")
    onnxscript = importlib.util.find_spec("onnxscript") is not None
    exporter = choose_exporter(torch_release(), onnxscript=onnxscript, opset=opset)
    with tempfile.TemporaryDirectory(prefix="imagewright-export-") as scratch:
        raw = Path(scratch) / "model.onnx"
        try:
            _run_exporter(model.eval(), scene, raw, exporter=exporter, opset=opset)
        except Exception as error:  # exporters raise dozens of their own kinds
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ProofFailed(
                f"the {exporter} exporter failed at opset {opset}: {first}"
            ) from error
        written = onnx.load(raw)  # brings weights kept in files beside it into the one message
    _describe(written, scene, opset)
    _verify(written, exporter=exporter, opset=opset)
    content = written.SerializeToString()
    write_atomically(path, content)
    return Exported(
        exporter=exporter,
        opset_asked=opset,
        opset=opset_of(written),
        ir_version=written.ir_version,
        size=len(content),
    )


def opset_of(model: onnx.ModelProto) -> int:
    """Return the version of the default operator set that a file imports; 0 if none."""
    return max(
        (entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}),
        default=0,
    )


def _run_exporter(model: Locator, scene: Scene, path: Path, *, exporter: str, opset: int) -> None:
    example = (
        torch.rand(_EXAMPLES, len(scene.pairs), 2 * scene.reach),
        torch.rand(_EXAMPLES, len(scene.receivers)),
    )
    shared: dict[str, Any] = {
        "input_names": list(INPUTS),
        "output_names": list(OUTPUTS),
        "opset_version": opset,
    }
    if exporter == "dynamo":
        batch = torch.export.Dim("batch", min=1, max=2**20)
        shared |= {
            "dynamo": True,
            "dynamic_shapes": ({0: batch}, {0: batch}),
            "external_data": False,
            "verbose": False,
        }
    else:
        shared |= {"dynamic_axes": {name: {0: "batch"} for name in (*INPUTS, *OUTPUTS)}}
        if torch_release() >= (2, 5):  # before, the argument does not exist
            shared |= {"dynamo": False}
    log = logging.getLogger("torch.onnx")
    level = log.level
    with warnings.catch_warnings():
        # Both exporters warn about their own future and packages that are of no use here
        # (torchvision); what they wrote is verified afterwards.
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        try:
            torch.onnx.export(model, example, str(path), **shared)
        finally:
            log.setLevel(level)


def _describe(model: onnx.ModelProto, scene: Scene, opset: int) -> None:
    """Put in what a reader needs, and take out the exporter's notes (they hold local paths)."""
    for node in model.graph.node:
        node.ClearField("doc_string")
    for part in (
        model.graph,
        *model.graph.node,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        *model.graph.initializer,
    ):
        if "metadata_props" in part.DESCRIPTOR.fields_by_name:  # from IR version 10 on
            part.ClearField("metadata_props")
    notes = {
        "imagewright.torch": str(torch.__version__),
        "imagewright.opset": str(opset),
        "imagewright.features": str(features.VERSION),
        "imagewright.scene": json.dumps(scene.as_dict()),
        "imagewright.image": image_id(),
        "imagewright.revision": revision(),
    }
    told = {key: value for key, value in notes.items() if value is not None}
    onnx.helper.set_model_props(model, told)


def _verify(model: onnx.ModelProto, *, exporter: str, opset: int) -> None:
    size = model.ByteSize()
    if size > _LARGEST:
        raise ProofFailed(f"the model is {size} bytes: one ONNX file holds less than 2 GB")
    if opset_of(model) != opset:
        raise ProofFailed(
            f"the {exporter} exporter was asked for opset {opset} and wrote {opset_of(model)}",
            hint=f"ask for --opset {opset_of(model)}",
        )
    names = [value.name for value in (*model.graph.input, *model.graph.output)]
    if names != [*INPUTS, *OUTPUTS]:
        raise ProofFailed(f"the exported model's inputs and outputs are {', '.join(names)}")
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.shape.dim[0].dim_param == "":
            raise ProofFailed(f"the exported model's {value.name} has a fixed batch size")
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ProofFailed(f"onnx.checker refuses the exported model: {error}") from error
