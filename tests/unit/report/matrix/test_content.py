"""What the report says of images: what to move, what is proven, what changed, what cannot be."""

import datetime

import msgspec
import pytest

from tests import report_inputs
from validation.cli.reporting import judged
from validation.cli.workspace import open_workspace
from validation.model import Fleet, Plan, Project
from validation.prove.receipt import BaseFacts, BuiltFacts, count
from validation.report.matrix.content import make_report
from validation.report.matrix.records import Row
from validation.report.matrix.words import answer, deadline, situation

TODAY = report_inputs.TODAY
LEGACY = "tracker-cu121-torch2.2.0-py3.10-runtime-ubuntu22.04"
TRAIN = "train-cu129-torch2.9.1-py3.12-runtime-ubuntu24.04"


def row(report, name) -> Row:
    return next(each for each in report.images if each.id == name)


def one_receipt(given, name, **changes):
    """Return the inputs with one receipt of one image, changed."""
    image = next(image for image in given.plan.images if image.id == name)
    started = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
    receipt = msgspec.structs.replace(report_inputs.make_receipt(image, started), **changes)
    return msgspec.structs.replace(given, receipts=[receipt]), receipt


def test_without_receipts_it_says_what_exists_and_that_nothing_is_proven(given):
    report = make_report(given)
    assert len(report.images) == len(given.plan.images) > 10
    assert report.tally.unproven == report.tally.images
    assert {each.state for each in report.images} == {"not built"}
    assert all(each.proven is None and each.size is None for each in report.images)
    assert report.calendar.lanes
    assert "15 unproven" in situation(report)


def test_the_answer_counts_what_has_to_move(example):
    assert answer(example) == "Move 3 of 15 images before the next review on 1 January 2027."
    assert sum(len(step.images) for step in example.steps if step.standing.urgency == "move") == 3


def test_the_most_pressing_step_comes_first(example):
    told = [(step.standing.urgency, step.standing.headline) for step in example.steps]
    assert told[:2] == [("move", "deletion-due"), ("move", "eol")]
    assert told[-1] == ("accepted", "disputed")
    first = example.steps[0]
    assert first.base == "nvidia/cuda:12.9.2-runtime-ubuntu24.04"
    assert deadline(first.standing, example.today).short == "10 days"
    assert {way.way_out.reference for way in first.ways} == {"ubuntu:24.04"}
    assert [name for way in first.ways for name in way.images] == list(first.images)


def test_every_image_that_has_to_leave_is_in_exactly_one_step(example):
    in_steps = [name for step in example.steps for name in step.images]
    leaving = [each.id for each in example.images if each.standing.urgency != "stay"]
    assert sorted(in_steps) == sorted(leaving)


def test_a_suppressed_verdict_is_accepted_with_its_reason(example):
    standing = row(example, LEGACY).standing
    assert standing.urgency == "accepted"
    assert standing.accepted_because == "the tracker is switched off in March"
    assert standing.accepted_until == datetime.date(2027, 3, 31)


def test_a_suppression_that_has_ended_accepts_nothing(given):
    project = Project(root=report_inputs.EXAMPLE, cache=report_inputs.EXAMPLE)
    later = judged(open_workspace(project), datetime.date(2027, 4, 2))
    report = make_report(msgspec.structs.replace(given, scan=later))
    assert row(report, LEGACY).standing.urgency == "move"


def test_the_newest_receipt_decides_and_the_last_pass_is_kept(given):
    given, passed = one_receipt(given, TRAIN)
    later = report_inputs.make_receipt(
        passed.image, passed.started + datetime.timedelta(days=1), failed=True
    )
    for order in ([passed, later], [later, passed]):
        found = row(make_report(msgspec.structs.replace(given, receipts=order)), TRAIN)
        assert found.state == "failed"
        assert found.failures[0].startswith("libraries.resolve: torch/lib/libtorch_cuda.so")
        assert found.tested == later.finished
        assert found.proven == passed.finished
        assert [past.passed for past in found.history] == [True, False]


def test_a_proof_of_another_build_is_outdated(given):
    given, receipt = one_receipt(given, TRAIN)
    rebuilt = msgspec.structs.replace(receipt.built, image_id="sha256:" + "0" * 64)
    report = make_report(msgspec.structs.replace(given, built={TRAIN: rebuilt}))
    assert row(report, TRAIN).state == "outdated"


@pytest.mark.parametrize(
    ("changes", "why", "digest"),
    [
        (
            {"base": "nvidia/cuda:12.9.9-runtime-ubuntu24.04"},
            "tested on nvidia/cuda:12.9.2-runtime-ubuntu24.04, planned on "
            "nvidia/cuda:12.9.9-runtime-ubuntu24.04",
            False,
        ),
        ({"base": None, "source": "rootfs"}, "planned on a root file system", False),
        ({"requirements": ("flask",)}, "with flask", True),
        ({"numpy": "1.26.4"}, "→ 1.26.4", True),
        ({"workload": "inference"}, "workload training → inference", True),
        ({"fleet": Fleet(drivers=">=575", gpus=("sm_120",))}, "for another fleet", True),
    ],
)
def test_a_proof_of_another_plan_is_outdated_and_says_why(given, changes, why, digest):
    given, receipt = one_receipt(given, TRAIN)
    assert row(make_report(given), TRAIN).state == "proven"
    image = msgspec.structs.replace(receipt.image, **changes)
    plan = msgspec.structs.replace(given.plan, images=(image,))
    found = make_report(msgspec.structs.replace(given, plan=plan))
    assert found.images[0].state == "outdated"
    assert why in found.images[0].why
    assert bool(found.images[0].base_digest) is bool(found.images[0].base_how) is digest
    assert (found.tally.proven, found.tally.unproven) == (0, 1)


def test_an_axis_is_told_once_and_not_as_its_requirement_again(given):
    given, receipt = one_receipt(given, TRAIN)
    image = msgspec.structs.replace(receipt.image, torch="2.9.0", requirements=("torch==2.9.0",))
    plan = msgspec.structs.replace(given.plan, images=(image,))
    found = make_report(msgspec.structs.replace(given, plan=plan)).images[0]
    assert "torch 2.9.1 → 2.9.0" in found.why
    assert "==" not in found.why


@pytest.mark.parametrize("changes", [{"because": "another reason"}, {"budget_mb": 99_000}])
def test_what_changes_nothing_that_was_proven_leaves_it_proven(given, changes):
    given, receipt = one_receipt(given, TRAIN)
    image = msgspec.structs.replace(receipt.image, **changes)
    plan = msgspec.structs.replace(given.plan, images=(image,))
    found = make_report(msgspec.structs.replace(given, plan=plan)).images[0]
    assert (found.state, found.why) == ("proven", "")


@pytest.mark.parametrize(
    ("reference", "how"),
    [
        ("docker.io/nvidia/cuda:12.9.2-runtime-ubuntu24.04@sha256:" + "7" * 64, "registry"),
        ("imagewright-base:ubuntu24.04-1f54453b1d0a", "bootstrap"),
        ("ours.example/base:one", "given"),
        ("", "unknown"),
        ("", "registry"),
    ],
)
def test_the_same_base_by_another_name_is_the_same_base(given, reference, how):
    base = BaseFacts(reference=reference, digest="sha256:1", how=how)
    given, _ = one_receipt(given, TRAIN, base=base)
    found = row(make_report(given), TRAIN)
    assert (found.state, found.base_digest, found.base_how) == ("proven", "sha256:1", how)


def test_a_base_whose_name_cannot_be_read_is_another_one(given):
    base = BaseFacts(reference="no name: at all", digest="sha256:1", how="registry")
    given, _ = one_receipt(given, TRAIN, base=base)
    found = row(make_report(given), TRAIN)
    assert (found.state, found.base_digest) == ("outdated", "")


def test_other_inputs_than_todays_are_outdated(given):
    given, receipt = one_receipt(given, TRAIN)
    for inputs, state in ((receipt.built.inputs, "proven"), ("0" * 64, "outdated")):
        report = make_report(msgspec.structs.replace(given, inputs={TRAIN: inputs}))
        assert row(report, TRAIN).state == state
    assert "the trainer changed" in row(report, TRAIN).why


def test_a_proof_without_its_key_proofs_is_incomplete_and_says_what_is_missing(given):
    kept = tuple(p for p in report_inputs.TEMPLATE.proofs if p.name != "parity.agrees")
    given, _ = one_receipt(given, TRAIN, proofs=kept, counts=count(kept))
    report = make_report(given)
    found = row(report, TRAIN)
    assert (found.state, found.why) == ("incomplete", "parity.agrees: did not run")
    assert found.proven is None
    assert [past.passed for past in found.history] == [False]
    assert (report.tally.proven, report.tally.failed) == (0, 0)


def test_what_an_engine_has_and_nobody_proved_is_not_proven(given):
    built = BuiltFacts(
        image_id="sha256:1", tag="t", size=5, created="2026-11-20", inputs="", revision=""
    )
    report = make_report(msgspec.structs.replace(given, built={TRAIN: built}))
    assert (row(report, TRAIN).state, row(report, TRAIN).size) == ("not proven", 5)


def test_measured_values_reach_their_row(example):
    found = row(example, TRAIN)
    assert found.size == sum(layer.size for layer in found.layers)
    assert (found.passed, found.failed, found.skipped) == (4, 0, 2)
    assert found.build_seconds == found.history[-1].build_seconds > 0
    assert found.smoke.loss_first == 1.1
    assert 1e-6 <= found.onnx_error <= 2e-6
    assert found.base_digest.startswith("sha256:")
    assert "smoke" in found.proved


def test_cudnn_is_told_by_lock_then_wheel_then_tag(given):
    name = "locator-cu118-torch2.1.2-py3.10-cudnn-runtime-ubuntu22.04"
    report = make_report(given)
    assert (row(report, name).cudnn, row(report, name).cudnn_from) == ("8", "base")
    assert row(report, LEGACY).cudnn_from == "facts"
    locks = {LEGACY: {"nvidia-cudnn-cu12": "8.9.2.26", "torch": "2.2.0"}}
    locked = row(make_report(msgspec.structs.replace(given, locks=locks)), LEGACY)
    assert (locked.cudnn, locked.cudnn_from) == ("8.9.2.26", "lock")
    assert row(report, "inference-py3.11-debian12").cudnn is None


def test_combinations_that_cannot_be_keep_all_their_reasons(example, given):
    assert [skip.id for skip in example.skipped] == [skip.id for skip in given.plan.skipped]
    assert [skip.reasons for skip in example.skipped] == [s.reasons for s in given.plan.skipped]
    told = [len(skip.nearest) for skip in example.skipped]
    assert told == [len(skip.nearest) for skip in given.plan.skipped]


def test_shared_layers_count_once_on_disk(example):
    one_by_one = sum(each.size or 0 for each in example.images)
    saved = sum(one.size * (len(one.images) - 1) for one in example.shared)
    assert example.disk == one_by_one - saved
    assert example.shared[0].group == "base"


def test_the_same_day_has_no_differences(example):
    report = make_report(msgspec.structs.replace(report_inputs.committed(), before=example))
    assert report.differences.items == ()


def test_differences_name_what_came_went_and_changed(given):
    given, _ = one_receipt(given, TRAIN)
    now = make_report(given)
    images = tuple(
        msgspec.structs.replace(each, torch="2.8.0", state="not built", id=each.id)
        if each.id == TRAIN
        else each
        for each in now.images
        if each.id != LEGACY
    )
    gone = msgspec.structs.replace(row(now, LEGACY), id="gone")
    week = datetime.date(2026, 11, 16)
    before = msgspec.structs.replace(now, images=(*images, gone), today=week)
    found = make_report(msgspec.structs.replace(given, before=before)).differences
    assert found.since == week
    told = [(each.image, each.what, each.old, each.new) for each in found.items]
    assert told == [
        (LEGACY, "added", "", "nvidia/cuda:12.1.1-runtime-ubuntu22.04"),
        ("gone", "removed", "nvidia/cuda:12.1.1-runtime-ubuntu22.04", ""),
        (TRAIN, "state", "not built", "proven"),
        (TRAIN, "torch", "2.8.0", "2.9.1"),
    ]


def test_a_matrix_of_nothing_is_a_report_of_nothing(given):
    report = make_report(msgspec.structs.replace(given, plan=Plan(images=())))
    assert answer(report) == "The matrix comes to no image."
    assert report.calendar.lanes == ()


@pytest.mark.parametrize("day", ["2026-11-23", "2026-12-31", "2027-06-01", "2031-01-01"])
def test_no_day_breaks_it(given, day):
    scan = msgspec.structs.replace(given.scan, today=datetime.date.fromisoformat(day))
    report = make_report(msgspec.structs.replace(given, scan=scan))
    assert report.calendar.first < report.today < report.calendar.last
