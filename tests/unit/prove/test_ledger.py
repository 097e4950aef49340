"""Proofs are told as they come, logged once, and a program's own report becomes proofs."""

import io

import pytest

from validation.prove.ledger import Ledger, format_proof, told_proofs
from validation.prove.parity import largest_difference
from validation.prove.receipt import Proof
from validation.prove.smoke import explain_failure, read_measured


@pytest.fixture
def heard():
    return []


@pytest.fixture
def ledger(heard):
    return Ledger(heard.append, io.StringIO())


def test_a_block_that_says_nothing_passes_and_one_that_does_fails(ledger, heard):
    with ledger.proof("a.good", "It is good.") as fail:
        pass
    with ledger.proof("a.bad", "It is bad.") as fail:
        fail("the reason\nmore of it")
    good, bad = ledger.proofs
    assert (good.outcome, good.reason) == ("passed", "")
    assert (bad.outcome, bad.reason) == ("failed", "the reason\nmore of it")
    assert heard == ["✓ a.good", "✗ a.bad: the reason"]
    assert "    more of it\n" in ledger.log.getvalue()


def test_an_exception_is_no_pass(ledger):
    def broken():
        with ledger.proof("a.b", "It is."):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert ledger.proofs == []


def test_a_return_inside_the_block_is_recorded(ledger):
    def early():
        with ledger.proof("a.b", "It is.") as fail:
            fail("it ended")
            return

    early()
    assert [proof.outcome for proof in ledger.proofs] == ["failed"]


@pytest.mark.parametrize(
    ("proof", "line"),
    [
        (Proof(name="a.b", outcome="passed", measured="3 files"), "✓ a.b: 3 files"),
        (Proof(name="a.b", outcome="skipped", reason="no GPU"), "- a.b: skipped, no GPU"),
        (Proof(name="a.b", outcome="failed", reason="one\ntwo"), "✗ a.b: one"),
    ],
)
def test_one_proof_is_one_line(proof, line):
    assert format_proof(proof) == line


def test_a_trainers_report_becomes_proofs(ledger):
    report = {
        "proofs": [
            {"name": "learns", "passed": True, "detail": "factor 40"},
            {"name": "same outputs as torch", "passed": False, "detail": "absolute 0.3"},
        ]
    }
    ledger.add_told("parity", report)
    learns, same = ledger.proofs
    assert (learns.name, learns.outcome, learns.measured) == (
        "parity.learns",
        "passed",
        "factor 40",
    )
    assert (same.name, same.outcome) == ("parity.same_outputs_as_torch", "failed")
    assert same.reason == "absolute 0.3"
    assert explain_failure(report, "") == "it says that same outputs as torch failed"


@pytest.mark.parametrize("report", [{}, {"proofs": None}, {"proofs": [1]}, {"proofs": [{"a": 1}]}])
def test_a_report_of_another_shape_tells_no_proof(report):
    assert told_proofs(report) == ()


def test_verdict_lines_are_logged_and_not_told_twice(ledger, heard):
    for line in ("step 0: loss 1.0", "pass  learns: factor 40", "passed: 20 s on cpu", ""):
        ledger.follow(line)
    assert heard == ["step 0: loss 1.0"]
    assert "pass  learns" in ledger.log.getvalue()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff"])
def test_a_measurement_that_is_no_object_is_none(tmp_path, content):
    (tmp_path / "smoke.json").write_bytes(content)
    assert read_measured(tmp_path / "smoke.json") == {}
    assert read_measured(tmp_path / "absent.json") == {}


def test_without_a_report_the_last_lines_speak():
    assert explain_failure({}, "one\n\ntwo\nthree\n").splitlines()[0] == "three"
    assert explain_failure({}, "\n") == "it said nothing"


@pytest.mark.parametrize(
    ("differences", "largest"),
    [
        ([{"absolute": 1e-6}, {"absolute": 2e-6}], 2e-6),
        ([{"absolute": 1e-6}, {"absolute": "nan"}], float("inf")),
        ([{}], float("inf")),
        ([], None),
        (None, None),
        ("text", None),
    ],
)
def test_the_largest_difference_counts(differences, largest):
    assert largest_difference({"differences": differences}) == largest
