"""Runs ONNX files on the inputs of parity files and compares what comes out.

Runs inside any image that has onnx: imports no torch. Uses ONNX Runtime, or where that is not
installed, ONNX's own reference evaluator. The argument is {"out": folder, "jobs": [{"name",
"model": file, "parity": file, "against": name of an earlier job or null}]}; the folder gets
answer.json: {"runtime", "jobs": {name: {"problem"} or {"expected": [gap], "against": [gap]}}} with
a gap being {"output", "batch", "absolute", "relative"}; what is not finite is null. "expected"
compares with the outputs in the parity file, "against" with those of the other job.
"""

import importlib.util
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx

from trainer import parity

Outputs = dict[str, Any]
Model = Callable[[dict[str, Any]], Outputs]


def open_runtime() -> tuple[str, Callable[[bytes], Model]]:
    """Return what the files are run by, in words, and how one is opened."""
    if importlib.util.find_spec("onnxruntime"):
        import onnxruntime  # noqa: PLC0415  (training images do without it)

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # as the inference service: a small model, a busy machine

        def by_runtime(content: bytes) -> Model:
            session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            names = [value.name for value in session.get_outputs()]
            return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))

        return f"onnxruntime {onnxruntime.__version__}", by_runtime
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415  (slow to import)

    def by_reference(content: bytes) -> Model:
        evaluator = ReferenceEvaluator(onnx.load_from_string(content))
        names = list(evaluator.output_names)
        return lambda inputs: dict(zip(names, evaluator.run(names, inputs), strict=True))

    return f"onnx {onnx.__version__}, reference evaluator", by_reference


def gap(output: str, got: Any, reference: Any) -> dict[str, Any]:  # noqa: ANN401  (arrays)
    """Return how far an output is from its reference."""
    found = parity.difference(output, got, reference)
    pair = {"absolute": found.absolute, "relative": found.relative}
    told = {name: value if math.isfinite(value) else None for name, value in pair.items()}
    return {"output": output, "batch": found.batch, **told}


def answers(model: Model, cases: list[Any]) -> list[Outputs]:
    """Return the model's outputs on each case."""
    return [model({name: case[name] for name in parity.INPUTS}) for case in cases]


def compare(job: dict[str, Any], open_model: Callable[[bytes], Model], done: Outputs) -> Outputs:
    """Run one file and return what was measured; `done` takes its outputs."""
    cases = parity.read_parity(Path(job["parity"]))
    content = Path(job["model"]).read_bytes()
    try:
        onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
        outputs = answers(open_model(content), cases)
    except Exception as error:  # noqa: BLE001  (runtime and checker share no base of their own)
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {"problem": lines[0]}
    done[job["name"]] = outputs
    other = done.get(job["against"]) if job["against"] else None
    pairs = [
        (name, got[name], case[name])
        for got, case in zip(outputs, cases, strict=True)
        for name in parity.OUTPUTS
    ]
    across = [
        (name, got[name], reference[name])
        for got, reference in zip(outputs, other or [], strict=other is not None)
        for name in parity.OUTPUTS
    ]
    return {"expected": [gap(*pair) for pair in pairs], "against": [gap(*pair) for pair in across]}


if __name__ == "__main__":
    question = json.loads(sys.argv[1])
    runtime, opener = open_runtime()
    kept: Outputs = {}
    told = {job["name"]: compare(job, opener, kept) for job in question["jobs"]}
    folder = Path(question["out"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answer.json").write_text(json.dumps({"runtime": runtime, "jobs": told}))
