"""Training: resume, divergence, early stop. Needs torch."""
# ruff: noqa: E402  (an image without torch skips the module before it imports any of it)

import json
import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="the inference image has no torch, by design")

from trainer.batches import training_source
from trainer.checkpoint import read_checkpoint
from trainer.device import choose_device
from trainer.errors import BadInput, NonFinite
from trainer.metrics import read_metrics
from trainer.settings import Training
from trainer.training import Run, learning_rate

SHORT = Training(
    seed=3, steps=40, batch=16, validate_every=10, checkpoint_every=20, validation_examples=64
)


def train(scene, folder, training=SHORT, **options):
    folder.mkdir(exist_ok=True)
    run = Run(scene, training, choose_device("cpu"), folder=folder, **options)
    return run, run.finish()


def interrupted_at(source, step, error):
    def broken(index):
        if index == step:
            raise error
        return source(index)

    return broken


class Killed(BaseException):
    pass


def test_a_resumed_run_gives_the_same_curve_and_weights(scene, tmp_path):
    _, whole = train(scene, tmp_path / "whole")
    source = training_source(scene, choose_device("cpu"), SHORT)
    with pytest.raises(Killed):  # after step 20's checkpoint and some steps that must be undone
        train(scene, tmp_path / "parts", source=interrupted_at(source, 33, Killed()))
    held = read_checkpoint(tmp_path / "parts" / "checkpoint.pt")
    assert held.step == 20
    _, resumed = train(scene, tmp_path / "parts", resume=held)

    curves = [(tmp_path / part / "metrics.jsonl").read_bytes() for part in ("whole", "parts")]
    assert curves[0] == curves[1]
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_the_same_seed_gives_the_same_run_and_another_seed_another(scene, tmp_path):
    train(scene, tmp_path / "a")
    train(scene, tmp_path / "b")
    train(scene, tmp_path / "c", replace(SHORT, seed=4))
    a, b, c = ((tmp_path / name / "metrics.jsonl").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_metrics_hold_every_step_and_every_validation_in_order(scene, tmp_path):
    train(scene, tmp_path)
    events = read_metrics(tmp_path / "metrics.jsonl")
    assert [e["step"] for e in events if e["event"] == "step"] == list(range(1, 41))
    assert [e["step"] for e in events if e["event"] == "validation"] == [0, 10, 20, 30, 40]


def test_a_loss_that_is_not_a_number_stops_the_run_and_keeps_the_good_checkpoint(scene, tmp_path):
    source = training_source(scene, choose_device("cpu"), SHORT)

    def poisoned(step):
        batch = source(step)
        return replace(batch, level=batch.level * math.nan) if step == 25 else batch

    with pytest.raises(NonFinite, match="step 26"):
        train(scene, tmp_path, source=poisoned)
    held = read_checkpoint(tmp_path / "checkpoint.pt")
    assert held.step == 20
    assert all(value.isfinite().all() for value in held.model.values())
    steps = [event["step"] for event in read_metrics(tmp_path / "metrics.jsonl")]
    assert max(steps) == 25


def test_a_failing_source_fails_the_run_with_its_own_error(scene, tmp_path):
    source = training_source(scene, choose_device("cpu"), SHORT)
    with pytest.raises(ZeroDivisionError):
        train(scene, tmp_path, source=interrupted_at(source, 7, ZeroDivisionError()))


def test_patience_stops_a_run_that_learns_nothing(scene, tmp_path):
    stuck = replace(SHORT, learning_rate=0.0, patience=2, weight_decay=0.0)
    run, outcome = train(scene, tmp_path, stuck)
    assert outcome.stopped_early
    assert run.step == 30  # validations at 10 (the best so far), 20 and 30 (no better)
    again, resumed = train(
        scene, tmp_path, stuck, resume=read_checkpoint(tmp_path / "checkpoint.pt")
    )
    assert again.step == 30  # stopped stays stopped
    assert resumed.stopped_early


def test_the_learning_rate_rises_then_falls_to_nothing():
    rates = [learning_rate(Training(), step) for step in range(600)]
    assert rates[0] < rates[10] < max(rates) <= Training().learning_rate
    assert rates[-1] < 1e-6 * Training().learning_rate * 100
    assert rates.index(max(rates)) in range(25, 40)


def test_a_checkpoint_of_another_network_is_refused(scene, tmp_path):
    train(scene, tmp_path)
    held = read_checkpoint(tmp_path / "checkpoint.pt")
    fewer = replace(scene, receivers=scene.receivers[:4])
    with pytest.raises(BadInput, match="do not fit"):
        Run(fewer, SHORT, choose_device("cpu"), resume=replace(held, scene=fewer))


def test_a_metrics_line_cut_off_by_a_kill_is_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps({"event": "step", "step": 1}) + "\n" + '{"event": "st')
    assert read_metrics(path) == [{"event": "step", "step": 1}]


def test_settings_out_of_range_are_refused():
    for wrong in ({"steps": 0}, {"learning_rate": -1.0}, {"clip": math.nan}, {"batch": 0}):
        with pytest.raises(BadInput):
            replace(Training(), **wrong)
