"""`check`: a right model passes, every wrong one fails. Needs ONNX Runtime; no torch."""

import json

import locator_onnx
import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the training image has no ONNX Runtime, by design")

from trainer import parity
from trainer.check import check
from trainer.errors import BadInput


@pytest.fixture
def matrix(scene):
    return locator_onnx.weights(scene)


@pytest.fixture
def files(scene, matrix, tmp_path):
    (tmp_path / "model.onnx").write_bytes(locator_onnx.build(scene, matrix))
    parity.write_parity(tmp_path / "parity.npz", locator_onnx.cases(scene, matrix))
    return tmp_path / "model.onnx", tmp_path / "parity.npz"


def failed(report):
    return {proof["name"] for proof in report["proofs"] if not proof["passed"]}


def test_a_right_model_passes_on_every_batch_size(files):
    report = check(*files)
    assert report["passed"], report
    assert report["batches"] == list(parity.BATCHES)
    assert len(report["differences"]) == 2 * len(parity.BATCHES)


def test_one_changed_weight_fails(files, scene, matrix):
    changed = matrix.copy()
    changed[100, 1] += 0.001
    files[0].write_bytes(locator_onnx.build(scene, changed))
    report = check(*files)
    assert failed(report) == {"same outputs as torch"}


def test_swapped_outputs_fail(files, scene, matrix):
    files[0].write_bytes(locator_onnx.build(scene, matrix[:, [2, 3, 0, 1]]))
    assert not check(*files)["passed"]


def test_outputs_that_are_no_numbers_fail_and_the_report_is_still_json(files, scene, matrix):
    changed = matrix.copy()
    changed[0, 0] = np.nan
    files[0].write_bytes(locator_onnx.build(scene, changed))
    report = check(*files)
    assert not report["passed"]
    json.dumps(report, allow_nan=False)


def test_a_fixed_batch_size_fails(files, scene, matrix):
    files[0].write_bytes(locator_onnx.build(scene, matrix, batch=7))
    report = check(*files)
    assert failed(report) == {"same outputs as torch"}
    assert "batch of 1" in report["proofs"][-1]["detail"]


@pytest.mark.parametrize(
    ("notes", "proof"),
    [
        ({"imagewright.opset": "18"}, "opset as asked"),
        ({"imagewright.features": "0"}, "model loads"),
        ({"imagewright.scene": "{}"}, "model loads"),
    ],
)
def test_notes_that_contradict_the_file_or_the_front_end_fail(files, scene, matrix, notes, proof):
    files[0].write_bytes(locator_onnx.build(scene, matrix, notes=notes))
    assert proof in failed(check(*files))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08"])
def test_what_is_no_model_fails(files, content):
    files[0].write_bytes(content)
    assert failed(check(*files)) == {"model loads"}


def test_missing_and_empty_inputs_are_bad_input_not_a_pass(files, tmp_path):
    for model, cases in ((tmp_path / "no", files[1]), (files[0], tmp_path / "no")):
        with pytest.raises(BadInput):
            check(model, cases)
    for name, content in {
        "empty.npz": {"batches": np.array([], dtype=np.int64)},
        "hollow.npz": {"batches": np.array([3])},
        "none.npz": {},
    }.items():
        np.savez(tmp_path / name, **content)
        with pytest.raises(BadInput):
            check(files[0], tmp_path / name)


def test_parity_refuses_pickles_and_nan(scene, matrix, tmp_path):
    np.savez(tmp_path / "pickle.npz", batches=np.array([{"a": 1}], dtype=object))
    (case,) = locator_onnx.cases(scene, matrix, batches=(2,))
    case["position"][0, 0] = np.nan
    parity.write_parity(tmp_path / "nan.npz", [case])
    for name in ("pickle.npz", "nan.npz"):
        with pytest.raises(BadInput):
            parity.read_parity(tmp_path / name)


def test_the_command_says_0_1_and_2(files, scene, matrix, trainer_command, tmp_path):
    asked = ("check", "--model", files[0], "--parity", files[1], "--out", tmp_path / "r.json")
    assert trainer_command(*asked).returncode == 0
    assert json.loads((tmp_path / "r.json").read_text())["passed"] is True
    files[0].write_bytes(locator_onnx.build(scene, matrix * np.float32(1.01)))
    assert trainer_command(*asked).returncode == 1
    assert json.loads((tmp_path / "r.json").read_text())["passed"] is False
    files[0].unlink()
    missing = trainer_command(*asked)
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr


def test_what_torch_exports_is_what_onnx_runtime_computes(tmp_path, trainer_main):
    """The chain in one image, where both are installed; the engine's tests do it across two."""
    pytest.importorskip("torch", reason="the inference image has no torch, by design")
    assert trainer_main("train", "--out", tmp_path, "--steps", 30)[0] == 0
    asked = ("export", "--checkpoint", tmp_path / "checkpoint.pt", "--out", tmp_path)
    assert trainer_main(*asked)[0] == 0
    report = check(tmp_path / "model.onnx", tmp_path / "parity.npz")
    assert report["passed"], report
