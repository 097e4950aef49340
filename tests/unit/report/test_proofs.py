"""The summary tells how many proofs ran, every failure, and every skip with its reason."""

import msgspec

from validation.prove.receipt import Counts, count
from validation.report.proofs import format_counts, format_summary, skips_by_reason, total
from validation.report.table import format_markdown_table, format_table


def test_counts_of_several_images(proven, broken):
    assert total([proven, broken]) == Counts(passed=4, failed=1, skipped=3)
    assert total([]) == Counts()


def test_counts_are_said_in_words():
    told = format_counts(Counts(passed=3, failed=1, skipped=1))
    assert told == "4 proofs ran: 3 passed, 1 failed; 1 was skipped"
    assert format_counts(Counts()) == "0 proofs ran: 0 passed, 0 failed; 0 were skipped"


def test_every_skip_is_told_with_its_reason(proven, broken):
    text = format_summary([proven, broken])
    for receipt in (proven, broken):
        for proof in receipt.proofs:
            if proof.outcome == "skipped":
                assert proof.name in text
                assert proof.reason in text
    assert skips_by_reason([proven, proven]) == {
        "the image computes on the CPU": ["gpu.computes", "gpu.is_of_the_fleet"]
    }


def test_a_key_proof_that_did_not_run_is_told(proven, broken):
    kept = tuple(proof for proof in proven.proofs if proof.name != "parity.agrees")
    partial = msgspec.structs.replace(proven, proofs=kept, counts=count(kept))
    line = f"incomplete: {proven.image.id}: parity.agrees: did not run"
    assert line in format_summary([partial])
    assert "incomplete" not in format_summary([proven, broken])


def test_a_failure_is_told_with_all_of_its_reason(broken):
    lines = format_summary([broken]).splitlines()
    assert lines[0] == "failed: train-cu126: user.is_not_root: the image's USER is root"
    assert "    uid 0" in lines
    assert lines[-1] == "1 proof ran: 0 passed, 1 failed; 1 was skipped"


def test_cells_cannot_break_a_markdown_table():
    text = format_markdown_table(("a", "b"), [("x|y", "one\ntwo")])
    assert text.splitlines()[-1] == "| x\\|y | one two |"


def test_columns_are_dropped_until_the_rest_fits():
    header, rows = ("name", "empty", "long", "kept"), [("n", "", "x" * 30, "k")]
    assert format_table(header, rows) == f"name  {'long':30}  kept\nn     {'x' * 30}  k"
    assert format_table(header, rows, width=20, droppable=("long",)) == "name  kept\nn     k"
