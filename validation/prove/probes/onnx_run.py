"""Runs a model of one node by ONNX Runtime: one built for another NumPy crashes here, not before.

ONNX Runtime 1.16.3 is imported beside NumPy 2 without an error, and the first array that it is
given ends the process. Runs inside images that have onnxruntime; needs no onnx.

Prints {"version", "output": [numbers]}.
"""

import json
from typing import Any

import numpy
import onnxruntime

MODEL = (
    b'\x08\x07:5\n\x0e\n\x01x\n\x01x\x12\x01y"\x03Add\x12\x01g'
    b"Z\x0f\n\x01x\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x02"
    b"b\x0f\n\x01y\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x02B\x04\n\x00\x10\r"
)
"""y = x + x, for two float32. Made once by onnx 1.23.2, of what every ONNX Runtime since 1.7 reads:

value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [2])
node = helper.make_node("Add", ["x", "x"], ["y"])
graph = helper.make_graph([node], "g", [value("x")], [value("y")])
opsets = [helper.make_opsetid("", 13)]
helper.make_model(graph, opset_imports=opsets, ir_version=7).SerializeToString()
"""


def run() -> dict[str, Any]:
    """Return the release and what the model answers to 1.5 and -2."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
    (output,) = session.run(["y"], {"x": numpy.array([1.5, -2.0], dtype=numpy.float32)})
    return {"version": onnxruntime.__version__, "output": output.tolist()}


if __name__ == "__main__":
    print(json.dumps(run()))
