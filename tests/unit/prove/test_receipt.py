"""Receipts survive a round trip, and a damaged one is named and left out."""

import json
from datetime import timedelta

import msgspec
import pytest

from validation.errors import WorldFailed
from validation.prove import store
from validation.prove.parity import AGREES
from validation.prove.receipt import (
    KEY_PROOFS,
    Counts,
    GpuFacts,
    LayerFacts,
    Proof,
    count,
    decode,
    encode,
    number,
)
from validation.prove.smoke import TRAINS


def test_round_trip(receipt):
    assert decode(encode(receipt)) == receipt
    assert encode(receipt).endswith(b"}\n")


def test_history_is_kept_and_read_oldest_first(project, receipt):
    later = msgspec.structs.replace(receipt, started=receipt.finished)
    second = store.write_receipt(project, later)
    first = store.write_receipt(project, receipt)
    assert first.name == "20261123T101112.345678Z-ab12ab12ab12.json"
    assert first != second
    assert store.read_receipts(project).receipts == (receipt, later)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[: len(text) // 2], "truncated"),
        (lambda text: text[:0], "truncated"),
        (lambda text: b"\xff\xfe" + text, "malformed"),
        (lambda text: text.replace(b'"version": 1,', b'"version": 99,'), "version 99"),
        (lambda text: text.replace(b'"skipped"', b'"passed"', 1), "counts"),
        (lambda text: text.replace(b'"passed": 4', b'"passed": 5'), "counts"),
        (lambda text: text.replace(b'"started"', b'"begun"'), "started"),
        (lambda text: text.replace(b".345678Z", b".345678"), "timezone"),
        (lambda text: text.replace(b"10:12:02Z", b"10:12:02"), "timezone"),
    ],
)
def test_a_damaged_receipt_is_named_and_left_out(project, receipt, damage, told):
    good = store.write_receipt(project, receipt)
    bad = good.with_name("20990101T000000.000000Z-000000000000.json")
    bad.write_bytes(damage(encode(receipt)))
    found = store.read_receipts(project)
    assert found.receipts == (receipt,)
    assert len(found.unreadable) == 1
    assert str(bad.relative_to(project.root)) in found.unreadable[0]
    assert told in found.unreadable[0]


def test_a_receipt_from_the_future_does_not_outlast_those_of_today(project, receipt):
    now = receipt.started
    ahead = msgspec.structs.replace(receipt, started=now + timedelta(hours=3))
    wrong = msgspec.structs.replace(receipt, started=now + timedelta(days=4000))
    for one in (receipt, ahead, wrong):
        store.write_receipt(project, one)
    found = store.read_receipts(project, now)
    assert found.receipts == (receipt, ahead)
    assert "a clock was wrong" in found.unreadable[0]


def test_no_receipts_are_no_error(project):
    assert store.read_receipts(project).receipts == ()


def test_counts_tell_skips_from_passes():
    proofs = [Proof(name="a.b", outcome=outcome) for outcome in ("passed", "skipped", "failed")]
    assert count(proofs) == Counts(passed=1, failed=1, skipped=1)
    assert count(proofs).ran == 2
    assert count(proofs) + count(proofs) == Counts(passed=2, failed=2, skipped=2)


@pytest.mark.parametrize(
    ("workload", "outcomes", "verdict", "missing"),
    [
        ("training", {"smoke.trains": "passed", "parity.agrees": "passed"}, "proven", ()),
        (
            "training",
            {"smoke.trains": "passed", "parity.agrees": "passed", "gpu.is_visible": "skipped"},
            "proven",
            (),
        ),
        (
            "training",
            {"container.starts": "passed", "smoke.trains": "skipped", "parity.agrees": "passed"},
            "incomplete",
            ("smoke.trains",),
        ),
        ("training", {"smoke.trains": "passed"}, "incomplete", ("parity.agrees",)),
        ("training", {}, "incomplete", ("smoke.trains", "parity.agrees")),
        ("inference", {"smoke.trains": "skipped", "parity.agrees": "passed"}, "proven", ()),
        (
            "inference",
            {"container.starts": "passed", "parity.agrees": "skipped"},
            "incomplete",
            ("parity.agrees",),
        ),
        (
            "training",
            {"smoke.trains": "passed", "parity.agrees": "passed", "user.is_not_root": "failed"},
            "failed",
            (),
        ),
    ],
)
def test_proven_is_what_trained_and_was_read_back_without_a_failure(
    receipt, workload, outcomes, verdict, missing
):
    proofs = tuple(Proof(name=name, outcome=outcome) for name, outcome in outcomes.items())
    image = msgspec.structs.replace(receipt.image, workload=workload)
    changed = msgspec.structs.replace(receipt, image=image, proofs=proofs, counts=count(proofs))
    assert (changed.verdict, changed.missing) == (verdict, missing)
    assert changed.proven is (verdict == "proven")


def test_a_key_proof_that_did_not_pass_is_told_with_its_reason(receipt):
    proofs = (Proof(name=TRAINS, outcome="skipped", reason="the container ended\nat once"),)
    told = msgspec.structs.replace(receipt, proofs=proofs, counts=count(proofs)).why_missing()
    assert told == ("smoke.trains: the container ended", "parity.agrees: did not run")


def test_the_key_proofs_are_those_that_proving_adds():
    assert KEY_PROOFS == {"training": (TRAINS, AGREES), "inference": (AGREES,)}


def test_a_model_of_a_proof_that_is_not_whole_is_not_taken(project, receipt, made, tmp_path):
    model = store.keep_model(project, receipt.image.id, made)
    proofs = tuple(proof for proof in receipt.proofs if proof.name != AGREES)
    store.write_receipt(
        project, msgspec.structs.replace(receipt, model=model, proofs=proofs, counts=count(proofs))
    )
    assert store.take_model(project, store.read_receipts(project), tmp_path / "taken") is None


def test_a_number_is_a_number():
    assert number({"a": 2}, "a") == 2.0
    for value in (True, "2", None, [2]):
        assert number({"a": value}, "a") is None


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "made"
    folder.mkdir()
    for name in ("model.onnx", "parity.npz", "checkpoint.pt", "metrics.jsonl", "smoke.json"):
        (folder / name).write_text(f"the {name}")
    return folder


def test_a_kept_model_is_taken_back_whole(project, receipt, made, tmp_path):
    model = store.keep_model(project, receipt.image.id, made)
    store.write_receipt(project, msgspec.structs.replace(receipt, model=model))
    taken = tmp_path / "taken"
    source = store.take_model(project, store.read_receipts(project), taken)
    assert source is not None
    assert (taken / "model.onnx").read_text() == "the model.onnx"
    assert (taken / "parity.npz").read_text() == "the parity.npz"
    assert not (taken / "model.onnx.data").exists()


@pytest.mark.parametrize("name", ["model.onnx", "parity.npz"])
def test_a_model_that_is_not_what_its_receipt_says_is_not_taken(
    project, receipt, made, tmp_path, name
):
    model = store.keep_model(project, receipt.image.id, made)
    store.write_receipt(project, msgspec.structs.replace(receipt, model=model))
    (project.out / "models" / receipt.image.id / name).write_text("another run's")
    assert store.take_model(project, store.read_receipts(project), tmp_path / "taken") is None


def test_a_file_of_the_model_before_does_not_stay(project, receipt, made):
    (made / "model.onnx.data").write_text("weights")
    store.keep_model(project, receipt.image.id, made)
    (made / "model.onnx.data").unlink()
    store.keep_model(project, receipt.image.id, made)
    assert not (project.out / "models" / receipt.image.id / "model.onnx.data").exists()


def test_no_model_is_kept_where_none_was_made(project, tmp_path):
    assert store.keep_model(project, "some-image", tmp_path) is None
    assert not project.out.exists()


def test_an_out_that_takes_no_files_is_told_before_anything_starts(project):
    project.root.mkdir()
    project.out.write_text("a file where a folder should be")
    with pytest.raises(WorldFailed, match="cannot write"):
        store.prepare_out(project)


def test_out_is_swept_before_anything_starts(project):
    left = project.out / "receipts" / "some-image" / ".x.json.abc.part"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    store.prepare_out(project)
    assert not left.exists()
    assert list((project.out / "receipts").iterdir()) == [left.parent]


def test_the_golden_receipt_is_of_the_present_format(receipt):
    assert json.loads(encode(receipt))["counts"] == {"passed": 4, "failed": 0, "skipped": 2}


def test_gpus_layers_and_figures_come_back_as_they_were(receipt):
    device = GpuFacts(
        names=("NVIDIA H200",),
        capabilities=("sm_90",),
        memory=150_000_000_000,
        driver="580.95.05",
        driver_cuda="13.0",
        cuda="13.0",
    )
    proof = Proof(name="gpu_rates.copy", outcome="passed", figures={"copy_tb_per_s": 4.1})
    layer = LayerFacts(digest="sha256:0", group="torch", size=1)
    told = msgspec.structs.replace(
        receipt, device=device, proofs=(proof,), counts=count([proof]), layers=(layer,)
    )
    assert decode(encode(told)) == told


def test_an_older_receipt_without_them_is_read(receipt):
    old = msgspec.json.decode(encode(receipt))
    for name in ("device", "layers"):
        old.pop(name, None)
    for proof in old["proofs"]:
        proof.pop("figures", None)
    read = decode(msgspec.json.encode(old))
    assert read.device is None
    assert read.proofs[0].figures == {}
