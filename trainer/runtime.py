"""The inference side's engine: ONNX Runtime on the CPU.

Imports onnx, onnxruntime, NumPy; no torch.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from trainer import features
from trainer.errors import BadInput, ProofFailed
from trainer.parity import INPUTS, OUTPUTS
from trainer.scene import Scene

PROVIDERS = ["CPUExecutionProvider"]


class LocatorSession:
    """A model file, checked and loaded: runs batches of features."""

    def __init__(self, path: Path) -> None:
        """Raise `BadInput` where the file is missing, `ProofFailed` where it is not a locator."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(f"no model at {path}: {error.strerror or error}") from error
        self.path, self.digest = path, hashlib.sha256(content).hexdigest()
        self.proto = checked_model(content, path)
        self.notes = {entry.key: entry.value for entry in self.proto.metadata_props}
        self.scene = scene_of(self.notes, path)
        self._session = open_session(content)
        inputs = tuple(value.name for value in self._session.get_inputs())
        outputs = tuple(value.name for value in self._session.get_outputs())
        if (inputs, outputs) != (INPUTS, OUTPUTS):
            raise ProofFailed(f"{path}: inputs {inputs}, outputs {outputs}: not a locator")

    def run(self, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name; raises `ProofFailed` where the runtime refuses."""
        try:
            found = self._session.run(list(OUTPUTS), {name: inputs[name] for name in INPUTS})
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            raise ProofFailed(f"ONNX Runtime failed: {_first_line(error)}") from error
        return dict(zip(OUTPUTS, found, strict=True))


def checked_model(content: bytes, path: Path) -> onnx.ModelProto:
    """Parse a file and hold it against the ONNX standard; raises `ProofFailed`."""
    try:
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # protobuf's DecodeError is outside onnx's own hierarchy
        raise ProofFailed(f"{path} is not a sound ONNX model: {_first_line(error)}") from error
    return model


def open_session(content: bytes) -> onnxruntime.InferenceSession:
    """Open a CPU session with one thread: the model is small, and requests run side by side."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, options, providers=PROVIDERS)
    except Exception as error:  # onnxruntime's exceptions share no base of their own
        raise ProofFailed(f"ONNX Runtime does not load the model: {_first_line(error)}") from error


def scene_of(notes: dict[str, str], path: Path) -> Scene:
    """Return the scene a model was trained for; raises `ProofFailed` for another front end."""
    version = notes.get("imagewright.features")
    if version != str(features.VERSION):
        raise ProofFailed(
            f"{path} was made for front end {version}, this one is {features.VERSION}"
        )
    try:
        return Scene.from_dict(json.loads(notes["imagewright.scene"]))
    except (KeyError, ValueError, BadInput) as error:
        raise ProofFailed(f"{path} does not say which scene it was trained for: {error}") from error


def probe_runtime() -> None:
    """Multiply two small integer matrices in ONNX Runtime; raises `ProofFailed` unless exact."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    left, right, out = (helper.make_tensor_value_info(name, kind, [4, 4]) for name in "abc")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["a", "b"], ["c"])], "probe", [left, right], [out]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    a = np.arange(16, dtype=np.float32).reshape(4, 4)
    b = a[::-1].copy()
    (product,) = open_session(model.SerializeToString()).run(None, {"a": a, "b": b})
    if not np.array_equal(product, a @ b):  # small integers: exact in any order of summation
        raise ProofFailed("ONNX Runtime computes wrongly: 4x4 product differs")


def versions() -> dict[str, Any]:
    """Return what this side is made of."""
    return {
        "numpy": np.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    }


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
