"""Smoke: passes when all is well, and fails when training is broken. Needs torch and onnx."""
# ruff: noqa: E402  (an image without torch skips the module before it imports any of it)

import json
import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="the inference image has no torch, by design")

from trainer import parity
from trainer.batches import training_source
from trainer.checkpoint import Checkpoint
from trainer.device import choose_device
from trainer.settings import Training
from trainer.smoke import FACTOR, Smoke, smoke
from trainer.step import Stepper

QUICK = Training(steps=150)  # breakage shows as early; the real thing has 600


def run(scene, folder, training, **options):
    asked = Smoke(folder=folder, training=training, scene=scene, device="cpu", opset=18, **options)
    found = smoke(asked, started=0.0, report=lambda _step, _quality: None)
    assert json.loads((folder / "smoke.json").read_text()) == found
    return found


def failed(report):
    return {proof["name"] for proof in report["proofs"] if not proof["passed"]}


def test_the_default_run_passes_with_room_to_spare(trainer_command, tmp_path):
    done = trainer_command("smoke", "--out", tmp_path, "--device", "cpu")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "smoke.json").read_text())
    assert report["passed"]
    assert not failed(report)
    assert report["factor"] > 2 * FACTOR
    assert report["loss_last"] < report["loss_first"] - 2
    assert report["checkpoint_round_trip"] is True
    assert report["opset"] == report["opset_asked"]
    names = {entry.name for entry in tmp_path.iterdir()}
    assert names == {"smoke.json", "checkpoint.pt", "metrics.jsonl", "model.onnx", "parity.npz"}
    cases = parity.read_parity(tmp_path / "parity.npz")
    assert [len(case["level"]) for case in cases] == list(parity.BATCHES)
    assert cases[-1]["position"].std() > 0.3  # it tells places apart: parity is worth something


def test_without_learning_it_fails(scene, tmp_path):
    report = run(scene, tmp_path, replace(QUICK, learning_rate=0.0))
    assert not report["passed"]
    assert {"learns", "likelihood"} <= failed(report)
    assert report["factor"] == pytest.approx(1.0, abs=0.01)


def test_with_shuffled_positions_it_fails(scene, tmp_path):
    source = training_source(scene, choose_device("cpu"), Training())

    def shuffled(step):
        batch = source(step)
        return replace(batch, position=batch.position.roll(1, dims=0))

    report = run(scene, tmp_path, replace(QUICK, steps=300), source=shuffled)
    assert {"learns", "likelihood"} <= failed(report)
    assert report["factor"] < 1.2


def test_with_features_cut_off_it_fails(scene, tmp_path):
    source = training_source(scene, choose_device("cpu"), Training())

    def blind(step):
        batch = source(step)
        return replace(batch, correlation=batch.correlation * 0, level=batch.level * 0)

    assert "learns" in failed(run(scene, tmp_path, QUICK, source=blind))


def test_divergence_is_a_failed_proof_and_old_results_are_gone(scene, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"from an earlier run")
    source = training_source(scene, choose_device("cpu"), Training())

    def poisoned(step):
        batch = source(step)
        return replace(batch, position=batch.position * math.inf) if step == 5 else batch

    report = run(scene, tmp_path, QUICK, source=poisoned)
    assert not report["passed"]
    assert "step 6" in report["proofs"][0]["detail"]
    assert not (tmp_path / "model.onnx").exists()


def test_a_checkpoint_that_restores_something_else_fails(scene, tmp_path, monkeypatch):
    restored = Checkpoint.restored_model

    def nearly(self):
        model = restored(self)
        with torch.no_grad():
            model.head.bias[0] += 1e-6
        return model

    monkeypatch.setattr(Checkpoint, "restored_model", nearly)
    report = run(scene, tmp_path, replace(QUICK, steps=2))
    assert "checkpoint" in failed(report)
    assert report["checkpoint_round_trip"] is False


def test_a_model_that_lay_channels_last_on_its_device_round_trips(scene, tmp_path, monkeypatch):
    """As every model from a GPU does: the CPU sums that layout in another order."""
    made = Stepper.__init__

    def channels_last(self, *given):
        made(self, *given)
        self.model.to(memory_format=torch.channels_last)

    monkeypatch.setattr(Stepper, "__init__", channels_last)
    assert "checkpoint" not in failed(run(scene, tmp_path, replace(QUICK, steps=50)))
