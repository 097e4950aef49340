"""The truth table holds, offline, on its day."""

import datetime

import pytest

from tests.unit.watch.truth import TRUTH, reference_of
from validation.facts.load import load_facts
from validation.model import Schedule
from validation.watch.nouns import RegistryAnswer
from validation.watch.signals.published import known_tags
from validation.watch.verdict import judge

TODAY = datetime.date(2026, 11, 23)
FACTS = load_facts()


def verdict(tag, **more):
    return judge(reference_of(tag), FACTS, None, TODAY, **more)


def told(found):
    return "\n".join([*(each.says for each in found.evidence), *found.conflicts])


@pytest.mark.parametrize(("tag", "headline", "reason", "words"), TRUTH, ids=[t[0] for t in TRUTH])
def test_the_truth_table(tag, headline, reason, words):
    found = verdict(tag)
    assert found.headline == headline, f"{reason}\n{told(found)}"
    for word in words:
        assert word in told(found)


def test_the_table_is_as_long_as_was_asked():
    assert len(TRUTH) == len({row[0] for row in TRUTH}) >= 80


def test_offline_nothing_is_served_or_gone():
    for tag, *_ in TRUTH:
        assert verdict(tag).served == "unknown"
        assert verdict(tag).headline != "gone"


# (tag, support, deletion, flagged, days left, confidence)
ANSWERS = [
    ("12.1.0-runtime-ubuntu22.04", "eol", "overdue", "yes", -1149, "high"),
    ("12.1.0-base-ubuntu22.04", "eol", "overdue", "no", -1149, "high"),
    ("12.6.0-runtime-ubuntu22.04", "eol", "overdue", "no", -633, "high"),
    ("12.6.3-runtime-ubuntu22.04", "eol", "overdue", "unknown", -274, "low"),
    ("12.2.2-runtime-ubuntu22.04", "eol", "due", "unknown", 8, "medium"),
    ("12.9.2-runtime-ubuntu22.04", "eol", "due", "unknown", 10, "low"),  # its branch is inferred
    ("13.1.0-runtime-ubuntu22.04", "superseded", "overdue", "unknown", -134, "high"),
    ("13.1.2-runtime-ubuntu22.04", "eol-due", "none", "unknown", 29, "medium"),
    ("13.0.3-runtime-ubuntu22.04", "current", "none", "unknown", 129, "medium"),
    ("13.2.1-runtime-ubuntu22.04", "unknown", "unknown", "unknown", 121, "low"),
    ("13.3.1-runtime-ubuntu24.04", "eol", "none", "unknown", 70, "low"),
    ("13.4.1-runtime-ubuntu24.04", "superseded", "unknown", "unknown", 127, "low"),
    ("12.4.0-cudnn8-runtime-ubuntu22.04", "unknown", "unknown", "unknown", None, "medium"),
    ("debian:12", "eol", "unknown", "unknown", -166, "medium"),
    ("ubuntu:24.04", "current", "unknown", "unknown", 920, "medium"),
    ("nvcr.io/nvidia/pytorch:25.01-py3", "unknown", "unknown", "unknown", None, "low"),
]


@pytest.mark.parametrize("row", ANSWERS, ids=[row[0] for row in ANSWERS])
def test_the_answers(row):
    found = verdict(row[0])
    answers = (found.support, found.deletion, found.flagged, found.days_left, found.confidence)
    assert answers == row[1:]


def test_both_sides_of_a_dispute_are_told_with_their_sources():
    (conflict,) = verdict("12.6.3-runtime-ubuntu22.04").conflicts
    assert "R560, which ends 2025-08-22" in conflict
    assert "endoflife.date" in conflict
    assert "supported-tags.md at CUDA 13.2.1" in conflict


def test_policy_and_chart_that_differ_are_told():
    (conflict,) = verdict("12.6.0-runtime-ubuntu22.04").conflicts
    assert "2025-02-28" in conflict
    assert "2025-03-05" in conflict


def test_two_ends_of_a_driver_branch_are_told():
    conflicts = verdict("13.3.1-runtime-ubuntu24.04").conflicts
    assert any("2026-08-01 by NVIDIA" in one and "2027-08-03 by endof" in one for one in conflicts)


def test_a_tag_in_both_lists_is_told():
    conflicts = verdict("11.0.3-base-ubuntu20.04").conflicts
    assert any("list of supported tags" in one and "unsupported tags" in one for one in conflicts)


def test_a_list_that_dropped_a_tag_does_not_contradict_itself():
    assert verdict("13.1.0-runtime-ubuntu22.04").conflicts == ()


def test_a_list_older_than_an_end_does_not_dispute_it():
    found = verdict("12.2.2-runtime-ubuntu22.04")
    assert found.conflicts == ()
    assert "list of supported tags names CUDA 12.2.2" in told(found)


def test_every_statement_keeps_source_day_and_age():
    for tag, *_ in TRUTH:
        for each in verdict(tag).evidence:
            assert each.says
            assert each.source
            read = datetime.date.fromisoformat(each.as_of)
            assert each.age_days == (TODAY - read).days


def test_long_term_support_counts_where_the_matrix_says_so():
    found = verdict("debian:12", os_support="lts")
    assert (found.headline, found.eol) == ("current", datetime.date(2028, 6, 30))
    assert "long-term" in told(found)
    without = verdict("ubuntu:22.04", os_support="lts")  # no long-term end is known: the other one
    assert without.eol == datetime.date(2027, 4, 1)


def test_the_next_review_is_the_schedules():
    tag = "nvidia/cuda:13.1.2-runtime-ubuntu22.04"
    soon = Schedule(every="month", anchor=datetime.date(2026, 1, 1))
    late = Schedule(every="half-year", anchor=datetime.date(2026, 10, 1))
    assert judge(tag, FACTS, None, TODAY, soon).headline == "current"
    assert judge(tag, FACTS, None, TODAY, late).headline == "eol-due"


def test_the_105_tags_in_both_lists_are_judged_by_the_chart():
    table = FACTS.cuda_tags
    both = set(table.supported.tags) & set(table.unsupported.tags)
    assert len(both) == 105
    assert {verdict(tag).headline for tag in both} == {"overdue"}


def test_known_tags_hold_what_only_the_lists_name():
    assert "13.0.0-tensorrt-runtime-ubuntu24.04" in known_tags(FACTS)


def test_an_unreachable_registry_changes_nothing_but_the_evidence():
    tag = "nvidia/cuda:12.6.0-runtime-ubuntu22.04"
    down = RegistryAnswer(exists="unknown", problem="timeout after 10 s")
    found = judge(tag, FACTS, down, TODAY)
    assert found.headline == "overdue"
    assert found.served == "unknown"
    assert "registry not reached: timeout after 10 s" in told(found)
