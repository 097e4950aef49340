"""What holds for every tag, every day, every schedule."""

import datetime
import itertools

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.watch.truth import TRUTH, reference_of
from validation.facts.load import Facts, load_facts
from validation.model import Schedule
from validation.watch.nouns import Headline, RegistryAnswer
from validation.watch.schedule import CALENDAR_QUARTERS, next_review
from validation.watch.signals.published import known_tags
from validation.watch.verdict import LEVELS, judge

FACTS = load_facts()
TAGS = [f"nvidia/cuda:{tag}" for tag in known_tags(FACTS)]
REFERENCES = st.sampled_from([*TAGS, *(reference_of(row[0]) for row in TRUTH)])
DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 1, 1))
SCHEDULES = st.builds(
    Schedule,
    every=st.sampled_from(["month", "quarter", "half-year", "year"]),
    anchor=DAYS,
)
SUPPORTS = st.sampled_from(["standard", "lts"])
TODAY = datetime.date(2026, 11, 23)

slow = settings(deadline=None, max_examples=300)


def test_every_known_tag_has_a_verdict():
    for reference in TAGS:
        found = judge(reference, FACTS, None, TODAY)
        assert found.headline in {*LEVELS, "current"}
        assert found.headline not in {"gone", "unpublished"}
        assert found.evidence


def test_every_headline_has_a_level_or_is_current():
    assert set(msgspec.inspect.type_info(Headline).values) == {*LEVELS, "current"}


@slow
@given(REFERENCES, DAYS, DAYS, SUPPORTS)
def test_an_end_is_never_taken_back(reference, one, other, support):
    early, late = sorted([one, other])
    before = judge(reference, FACTS, None, early, os_support=support)
    after = judge(reference, FACTS, None, late, os_support=support)
    deletions = ["none", "due", "overdue"]
    if before.deletion in deletions and after.deletion in deletions:
        assert deletions.index(before.deletion) <= deletions.index(after.deletion)
    if before.deletion == "overdue":
        assert after.deletion == "overdue"
    if before.support in {"eol", "superseded"}:
        assert after.support in {"eol", before.support}
    if before.support != "current":
        assert after.support != "current"
    assert (before.eol, before.deletion_estimate) == (after.eol, after.deletion_estimate)


@slow
@given(REFERENCES, DAYS)
def test_days_left_shrink_by_one_a_day_but_where_the_end_passes(reference, day):
    today = judge(reference, FACTS, None, day)
    tomorrow = judge(reference, FACTS, None, day + datetime.timedelta(days=1))
    if today.days_left is None:
        assert tomorrow.days_left is None
    elif today.days_left != 1:
        assert tomorrow.days_left == today.days_left - 1


@slow
@given(REFERENCES, DAYS, SCHEDULES)
def test_answers_agree_with_their_dates(reference, day, schedule):
    found = judge(reference, FACTS, None, day, schedule)
    review = next_review(schedule, day)
    if found.deletion == "overdue":
        assert found.deletion_estimate < day
    if found.deletion == "due":
        assert day <= found.deletion_estimate < review
    if found.support == "eol-due":
        assert day < found.eol < review
    if found.headline == "current":
        assert found.eol >= review
        assert found.deletion in {"none", "unknown"}
    assert found.served == "unknown"
    assert found.headline != "gone"


@slow
@given(REFERENCES, DAYS)
def test_a_registry_that_is_down_never_changes_an_answer(reference, day):
    down = RegistryAnswer(exists="unknown", problem="timeout")
    asked = judge(reference, FACTS, down, day)
    offline = judge(reference, FACTS, None, day)
    assert msgspec.structs.replace(asked, evidence=()) == msgspec.structs.replace(
        offline, evidence=()
    )
    assert len(asked.evidence) == len(offline.evidence) + 1


@slow
@given(REFERENCES, DAYS, st.sampled_from(["yes", "no"]))
def test_only_a_registry_makes_a_base_gone(reference, day, exists):
    found = judge(reference, FACTS, RegistryAnswer(exists=exists), day)
    assert (found.headline in {"gone", "unpublished"}) == (exists == "no")


@slow
@given(REFERENCES, DAYS)
def test_what_is_current_has_no_gap_and_no_end(reference, day):
    found = judge(reference, FACTS, None, day)
    if found.headline == "current":
        says = " ".join(each.says for each in found.evidence)
        assert "not known" not in says
        assert found.eol > day


def test_the_same_question_has_the_same_answer_from_other_facts_that_are_the_same():
    for reference in itertools.islice(TAGS, 0, None, 29):
        one = judge(reference, FACTS, None, TODAY, CALENDAR_QUARTERS)
        other = judge(reference, Facts(), None, TODAY)
        assert msgspec.json.encode(one) == msgspec.json.encode(other)
