"""Records are kept, and read again as they were."""

import msgspec
import pytest

from validation.prove.compare.checks import ALL, LOADS, TRAINS, hold, skip_rest
from validation.prove.compare.record import decode, encode
from validation.prove.compare.store import prepare_folder, write_comparison
from validation.prove.ledger import Ledger


def test_a_record_survives_the_disk(comparison, tmp_path):
    path = write_comparison(tmp_path, comparison, "# page\n")
    assert path.parent.name == f"{comparison.old.image.id}..{comparison.new.image.id}"
    assert path.name == "20261123T170000.000000Z.json"
    assert decode(path.read_bytes()) == comparison
    assert path.with_suffix(".md").read_text() == "# page\n"


def test_history_is_kept(comparison, tmp_path):
    later = msgspec.structs.replace(comparison, started=comparison.finished)
    assert write_comparison(tmp_path, comparison, "") != write_comparison(tmp_path, later, "")
    assert len(list(tmp_path.glob("*/*.json"))) == 2


def test_a_record_of_another_format_or_with_other_counts_is_refused(comparison):
    with pytest.raises(ValueError, match="format version 2"):
        decode(encode(msgspec.structs.replace(comparison, version=2)))
    with pytest.raises(ValueError, match="counts"):
        decode(encode(msgspec.structs.replace(comparison, checks=())))


def test_only_a_comparison_that_checked_something_passes(comparison):
    assert comparison.passed
    empty = msgspec.structs.replace(comparison.counts, passed=0)
    assert not msgspec.structs.replace(comparison, counts=empty).passed
    failed = msgspec.structs.replace(comparison.counts, failed=1)
    assert not msgspec.structs.replace(comparison, counts=failed).passed


def test_a_folder_is_made_ready(tmp_path):
    prepare_folder(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_what_was_not_reached_is_skipped_for_the_first_failure(tmp_path):
    with (tmp_path / "log").open("w") as log:
        ledger = Ledger(lambda _: None, log)
        assert hold(ledger, TRAINS["old"], "", "fast")
        assert not hold(ledger, LOADS, "missing key: head.bias", "")
        skip_rest(ledger)
    outcomes = {proof.name: proof.outcome for proof in ledger.proofs}
    assert set(outcomes) == {check.name for check in ALL}
    assert sorted(set(outcomes.values())) == ["failed", "passed", "skipped"]
    skipped = [proof.reason for proof in ledger.proofs if proof.outcome == "skipped"]
    assert set(skipped) == {"checkpoint.loads failed"}
