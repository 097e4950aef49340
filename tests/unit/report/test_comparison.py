"""A comparison as people read it."""

import msgspec
import pytest

from tests.comparison_inputs import make_comparison
from validation.prove.receipt import Proof, count
from validation.report.comparison import format_comparison, format_comparison_page, verdict


@pytest.fixture
def comparison(proven):
    return make_comparison(proven)


@pytest.fixture
def broken(comparison):
    checks = (
        Proof(
            name="checkpoint.loads",
            outcome="failed",
            reason="RuntimeError: Missing key | head\nsecond line",
        ),
        Proof(name="onnx.new", outcome="skipped", reason="checkpoint.loads failed"),
    )
    return msgspec.structs.replace(comparison, checks=checks, counts=count(checks))


def row(text, name):
    return next(line for line in text.splitlines() if line.startswith(name))


def test_figures_stand_side_by_side_with_ratio_and_range(comparison):
    text = format_comparison(comparison)
    assert "100 (99 to 101)" in row(text, "throughput")
    assert "150 (149 to 151)" in row(text, "throughput")
    assert row(text, "throughput").endswith("1.50     better")


def test_noise_is_called_noise_and_a_missing_figure_missing(comparison):
    text = format_comparison(comparison)
    assert row(text, "cold start").endswith("inside the noise")
    assert row(text, "build").endswith("not measured in both")
    assert "Mann-Whitney" in text


def test_a_pass_says_so(comparison):
    assert verdict(comparison) == "passed: all 2 checks hold, NEW can take OLD's place"
    assert format_comparison(comparison).endswith(verdict(comparison))


def test_a_difference_is_named_with_its_whole_reason(broken):
    assert verdict(broken) == "differs: checkpoint.loads; 1 were skipped for it"
    text = format_comparison(broken)
    assert "✗ checkpoint.loads: RuntimeError: Missing key | head\n    second line" in text
    assert "- onnx.new: skipped, checkpoint.loads failed" in text


def test_the_way_back_is_told_and_decides_nothing(comparison):
    back = msgspec.structs.replace(comparison.back, loads=False, reason="KeyError: x")
    told = msgspec.structs.replace(comparison, back=back)
    assert "NEW's checkpoint does not load in OLD: KeyError: x" in format_comparison(told)
    assert told.passed
    assert "loads in OLD with the same outputs" in format_comparison(comparison)


def test_what_moved_is_listed(comparison):
    text = format_comparison(comparison)
    assert "torch 2.2.2+cu121 → 2.13.0+cpu: torch.load reads weights only" in text
    assert "only in OLD: triton 2.2.0" in text
    assert "only in NEW: onnxscript 0.5" in text


def test_the_page_is_markdown_that_cells_cannot_break(broken):
    page = format_comparison_page(broken)
    assert page.startswith(f"# {broken.old.image.id} → {broken.new.image.id}\n")
    line = row(page, "| ✗ | `checkpoint.loads`")
    assert "Missing key \\| head" in line
    assert "second line" not in line
