"""A small locator as ONNX, made without torch, for the inference side's tests."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from trainer import features, parity


def weights(scene, seed=0):
    inputs = len(scene.pairs) * 2 * scene.reach + len(scene.receivers)
    return (np.random.default_rng(seed).normal(size=(inputs, 4)) / 30).astype(np.float32)


def reference(matrix, correlation, level):
    """Return what the model below must compute."""
    flat = np.concatenate([correlation.reshape(len(correlation), -1), level], axis=1)
    raw = flat @ matrix
    return {"position": raw[:, :2].copy(), "log_variance": raw[:, 2:].copy()}


def build(scene, matrix, *, batch="batch", notes=None):
    """Return the bytes of a model: flatten, join, multiply, split."""
    constants = [
        numpy_helper.from_array(matrix, "matrix"),
        numpy_helper.from_array(np.array([2, 2], dtype=np.int64), "halves"),
    ]
    nodes = [
        helper.make_node("Flatten", ["correlation"], ["flat"]),
        helper.make_node("Concat", ["flat", "level"], ["all"], axis=1),
        helper.make_node("MatMul", ["all", "matrix"], ["raw"]),
        helper.make_node("Split", ["raw", "halves"], ["position", "log_variance"], axis=1),
    ]
    shapes = {
        "correlation": [batch, len(scene.pairs), 2 * scene.reach],
        "level": [batch, len(scene.receivers)],
        "position": [batch, 2],
        "log_variance": [batch, 2],
    }
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    }
    graph = helper.make_graph(
        nodes,
        "locator",
        [values[name] for name in parity.INPUTS],
        [values[name] for name in parity.OUTPUTS],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    told = {
        "imagewright.opset": "17",
        "imagewright.features": str(features.VERSION),
        "imagewright.scene": json.dumps(scene.as_dict()),
    }
    helper.set_model_props(model, {**told, **(notes or {})})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def cases(scene, matrix, batches=parity.BATCHES):
    """Return parity cases on random features, with the reference outputs."""
    random = np.random.default_rng(1)
    made = []
    for batch in batches:
        shape = (batch, len(scene.pairs), 2 * scene.reach)
        correlation = random.random(shape, dtype=np.float32)
        level = random.random((batch, len(scene.receivers)), dtype=np.float32)
        made.append(
            {"correlation": correlation, "level": level, **reference(matrix, correlation, level)}
        )
    return made
