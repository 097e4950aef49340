"""Probes that judge before they print: a rank's NaN, and a model of one node."""

import json
import math
import subprocess
import sys

import pytest

from validation.prove.suite.given import PROBES


@pytest.mark.parametrize("errors", [[1e-8, math.nan], [math.nan, 1e-8], [0.0, math.nan, math.inf]])
def test_a_rank_with_nan_is_the_worst(errors):
    pytest.importorskip("torch")
    from validation.prove.probes.gpu_nccl import worst  # noqa: PLC0415  (imports torch)

    assert math.isnan(worst(errors))
    assert worst([1e-8, 2e-8]) == 2e-8
    assert worst([]) is None


def test_a_model_of_one_node_runs():
    pytest.importorskip("onnxruntime")
    argv = [sys.executable, "-I", "-c", (PROBES / "onnx_run.py").read_text("utf-8")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["output"] == [3.0, -4.0]
