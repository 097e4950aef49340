"""The inference service over a real socket: what it answers and refuses, how models change."""

import json
import re
import shutil
import time

import locator_onnx
import numpy as np
import pytest
from services import asked_by_health, running

from trainer.features import features
from trainer.parity import write_parity
from trainer.scene import Scene
from trainer.synthesis import synthesise

pytest.importorskip("fastapi", reason="this image has no service")
pytest.importorskip("onnxruntime", reason="the training image has no ONNX Runtime, by design")


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    path.write_bytes(locator_onnx.build(Scene(), locator_onnx.weights(Scene())))
    return path


@pytest.fixture(scope="module")
def inference(model_file):
    with running("infer", model_file.parent) as service:
        yield service


def request_for(iq):
    return {"iq": np.stack([iq.real, iq.imag], axis=-1).astype(float).tolist()}


def capture(scene, count=1):
    iq, _ = synthesise(np, scene, seed=0, stream=9, first=0, count=count)
    return iq


def test_inference_is_healthy_and_ready_with_a_model(inference, trainer_command):
    status, told = inference.ask("GET", "/health")
    assert (status, told["status"]) == (200, "healthy")
    assert told["model"]["metadata"]["imagewright.opset"] == "17"
    assert inference.ask("GET", "/ready") == (200, {"ready": True})
    assert asked_by_health(trainer_command, inference.port).returncode == 0


def test_predict_gives_front_end_and_network_in_metres(inference, scene):
    iq = capture(scene, count=3)
    status, told = inference.predict(request_for(iq))
    assert status == 200
    expected = locator_onnx.reference(locator_onnx.weights(scene), *features(np, scene, iq))
    for each, position, log_variance in zip(
        told["estimates"], expected["position"], expected["log_variance"], strict=True
    ):
        np.testing.assert_allclose(each["position"], position * 2000, atol=0.1)
        np.testing.assert_allclose(each["deviation"], np.exp(log_variance / 2) * 2000, rtol=1e-3)


def test_predict_survives_silence_and_the_loudest(inference):
    quiet = np.zeros((1, 5, 512), dtype=np.complex64)
    for iq in (quiet, quiet + 1e6):
        status, told = inference.predict(request_for(iq))
        assert status == 200
        assert np.isfinite(told["estimates"][0]["position"]).all()


def test_predict_explains_what_it_refuses(inference, scene):
    good = request_for(capture(scene))
    missing_receiver = {"iq": [good["iq"][0][:4]]}
    short = {"iq": [[receiver[:100] for receiver in good["iq"][0]]]}
    ragged = {"iq": [[*good["iq"][0][:4], good["iq"][0][4][:-1]]]}
    too_many = {"iq": good["iq"] * 17}
    for wrong in ({}, [], {"iq": []}, {"iq": [[]]}, missing_receiver, short, ragged, too_many):
        status, told = inference.predict(wrong)
        assert status == 422, wrong
        assert told["detail"]
    assert inference.predict({**good, "more": 1})[0] == 422


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "1e7", "null", '"x"', "[]"])
def test_values_that_are_no_samples_are_422_and_never_500(inference, scene, value):
    body = json.dumps(request_for(capture(scene)))
    first = re.search(r"-?\d+\.\d+", body)
    status, told = inference.predict((body[: first.start()] + value + body[first.end() :]).encode())
    assert status == 422
    assert told["detail"]


def test_bodies_that_are_no_json_or_too_large_are_refused(inference):
    assert inference.predict(b"{")[0] == 422
    assert inference.predict(b"\xff\xfe")[0] in {400, 422}
    assert inference.predict(b" " * (5 * 1024 * 1024))[0] == 413
    assert inference.ask("GET", "/health")[0] == 200  # and it lives on


def test_without_a_model_it_is_healthy_not_ready_and_says_why(tmp_path, scene):
    with running("infer", tmp_path) as service:
        status, told = service.ask("GET", "/health")
        assert (status, told["status"], told["model"]) == (200, "healthy", None)
        status, told = service.ask("GET", "/ready")
        assert (status, told["ready"]) == (503, False)
        status, told = service.predict(request_for(capture(scene)))
        assert status == 503
        assert "no model at" in told["detail"]


def test_an_unsound_model_is_unhealthy_and_says_why(tmp_path):
    (tmp_path / "other.onnx").write_bytes(b"junk")
    with running("infer", tmp_path, IMAGEWRIGHT_MODEL=str(tmp_path / "other.onnx")) as service:
        status, told = service.ask("GET", "/health")
        assert (status, told["status"]) == (503, "unhealthy")
        assert "not a sound ONNX model" in told["reason"]
        assert service.ask("GET", "/ready")[0] == 503


def swapped_in(service, digest, limit=15):
    last = time.monotonic() + limit
    while time.monotonic() < last:
        _, told = service.ask("GET", "/health")
        if told["model"] and told["model"]["sha256"] != digest:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def refusal(service, words, limit=15):
    last = time.monotonic() + limit
    while time.monotonic() < last:
        status, told = service.ask("GET", "/health")
        if words in str(told["refused"]):
            return status, told
        time.sleep(0.1)
    raise AssertionError(told)


def test_a_new_model_is_checked_and_swapped_in_and_a_bad_one_is_refused(tmp_path, scene):
    model, beside = tmp_path / "model.onnx", tmp_path / "parity.npz"
    first, second = (locator_onnx.weights(scene, seed) for seed in (0, 1))
    model.write_bytes(locator_onnx.build(scene, first))
    question = request_for(capture(scene))
    with running("infer", tmp_path) as service:
        _, told = service.ask("GET", "/health")
        assert told["model"]["parity"] is None
        digest = told["model"]["sha256"]
        answer = service.predict(question)

        # Known answers of another model: this one is not what it is said to be.
        write_parity(beside, locator_onnx.cases(scene, second))
        status, told = refusal(service, "does not give the answers")
        assert (status, told["model"]["sha256"]) == (200, digest)
        assert service.predict(question) == answer

        model.write_bytes(locator_onnx.build(scene, second))
        told = swapped_in(service, digest)
        assert told["refused"] is None
        assert "absolute" in told["model"]["parity"]
        status, now = service.predict(question)
        assert status == 200
        assert now != answer[1]

        digest = told["model"]["sha256"]
        beside.unlink()
        for bad, words in (
            (b"junk", "not a sound ONNX model"),
            (locator_onnx.build(scene, first * np.float32("nan")), "not finite"),
            (locator_onnx.build(scene, first, notes={"imagewright.features": "0"}), "front end"),
        ):
            model.write_bytes(bad)
            status, told = refusal(service, words)
            assert (status, told["model"]["sha256"]) == (200, digest)
            assert service.predict(question) == (200, now)
        model.unlink()
        assert refusal(service, "is gone")[0] == 200
        assert service.predict(question) == (200, now)


def test_a_model_arrives_while_the_service_waits_for_one(tmp_path, model_file):
    with running("infer", tmp_path) as service:
        assert service.ask("GET", "/ready")[0] == 503
        shutil.copyfile(model_file, tmp_path / "model.onnx")
        swapped_in(service, None)
        assert service.ask("GET", "/ready") == (200, {"ready": True})
