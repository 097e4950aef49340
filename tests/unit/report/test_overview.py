"""The overview against its golden files, and what it must not do."""

import os
from datetime import date
from pathlib import Path

import msgspec
import pytest

from validation.model import Plan
from validation.report.overview import format_markdown, format_terminal
from validation.report.rows import make_rows, smoke_text

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
TODAY = date(2026, 11, 23)


def is_golden(name: str, text: str) -> bool:
    """Compare with a golden file; GOLDEN=write in the environment writes it anew."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, "utf-8")
    return text == path.read_text("utf-8")


@pytest.fixture
def rows(plan, proven, broken):
    return make_rows(plan, [broken, proven], None)


def test_markdown(plan, rows):
    assert is_golden("report.md", format_markdown(rows, plan.skipped, TODAY))


def test_terminal(rows):
    assert is_golden("report.txt", format_terminal(rows, 160) + "\n")


def test_a_narrow_terminal_keeps_what_matters(rows):
    text = format_terminal(rows, 70)
    assert all(len(line) <= 70 for line in text.splitlines())
    for word in ("image", "state", "failed", "train-cu126", "not built"):
        assert word in text


def test_nothing_planned_is_a_table_without_rows():
    assert "| image |" in format_markdown((), (), TODAY)
    assert format_terminal((), 80).startswith("image")
    assert make_rows(Plan(images=()), [], {}) == ()


def states(rows):
    return {row.image.id: row.state for row in rows}


def test_states_told_from_receipts_alone(rows, proven):
    assert states(rows) == {
        proven.image.id: "proven",
        "train-cu126": "failed",
        "inference": "not built",
    }


def test_a_proof_of_another_build_does_not_count(plan, proven, broken):
    rebuilt = msgspec.structs.replace(proven.built, image_id="sha256:" + "0" * 64)
    there = {proven.image.id: rebuilt, "inference": proven.built}
    assert states(make_rows(plan, [proven, broken], there)) == {
        proven.image.id: "outdated",
        "train-cu126": "not built",
        "inference": "not proven",
    }


def test_the_newest_receipt_decides(plan, proven):
    later = msgspec.structs.replace(
        proven, started=proven.finished, proofs=(), counts=proven.counts
    )
    for order in ([proven, later], [later, proven]):
        assert make_rows(plan, order, None)[0].receipt == later


def test_what_was_not_measured_is_not_told(proven, broken):
    assert smoke_text(None) == ""
    assert smoke_text(broken) == ""
    assert smoke_text(proven) == "loss 1.1 → -2.9, error ÷50.6, in 32 s on cpu"
