"""Review dates: leap years, month ends, both directions, and what is overdue."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.model import Schedule
from validation.watch.schedule import (
    CALENDAR_QUARTERS,
    MONTHS,
    agenda,
    months_after,
    next_majors_review,
    next_review,
    overdue_review,
    review_dates,
)

Date = datetime.date


def day(text):
    return Date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2023-04-18", 6, "2023-10-18"),
        ("2024-08-29", 6, "2025-02-28"),
        ("2023-08-29", 6, "2024-02-29"),
        ("2023-08-31", 6, "2024-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-03-31", -13, "2025-02-28"),
        ("2026-06-01", 0, "2026-06-01"),
    ],
)
def test_months_later_is_the_same_day_or_the_months_last(start, months, end):
    assert months_after(day(start), months) == day(end)


@pytest.mark.parametrize(
    ("every", "anchor", "today", "expected"),
    [
        ("quarter", "2026-01-01", "2026-11-23", "2027-01-01"),
        ("quarter", "2026-01-01", "2026-12-31", "2027-01-01"),
        ("quarter", "2026-01-01", "2027-01-01", "2027-04-01"),
        ("quarter", "2026-08-31", "2026-11-23", "2026-11-30"),
        ("quarter", "2026-11-30", "2026-12-01", "2027-02-28"),
        ("quarter", "2026-11-30", "2027-02-28", "2027-05-30"),
        ("quarter", "2027-11-30", "2028-01-01", "2028-02-29"),
        ("month", "2026-01-31", "2026-02-01", "2026-02-28"),
        ("month", "2026-01-31", "2026-02-28", "2026-03-31"),
        ("month", "2026-01-30", "2028-02-01", "2028-02-29"),
        ("half-year", "2026-03-31", "2026-04-01", "2026-09-30"),
        ("year", "2024-02-29", "2026-11-23", "2027-02-28"),
        ("year", "2024-02-29", "2027-12-31", "2028-02-29"),
        ("quarter", "2027-05-15", "2026-11-23", "2027-02-15"),
        ("quarter", "2026-11-23", "2026-11-23", "2027-02-23"),
    ],
)
def test_the_next_review(every, anchor, today, expected):
    assert next_review(Schedule(every=every, anchor=day(anchor)), day(today)) == day(expected)


@pytest.mark.parametrize(
    ("recorded", "today", "overdue"),
    [
        (None, "2026-03-31", None),
        (None, "2026-04-01", None),
        (None, "2026-04-02", "2026-04-01"),
        (None, "2027-01-01", "2026-04-01"),
        ("2026-04-01", "2026-06-30", None),
        ("2026-04-01", "2026-07-01", None),
        ("2026-04-01", "2026-07-02", "2026-07-01"),
        ("2026-04-20", "2026-07-02", "2026-07-01"),
        ("2026-07-02", "2026-07-02", None),
        ("2026-07-02", "2026-11-23", "2026-10-01"),
    ],
)
def test_a_review_is_overdue_from_the_day_after(recorded, today, overdue):
    schedule = Schedule(every="quarter", anchor=Date(2026, 4, 1))
    found = overdue_review(schedule, recorded and day(recorded), day(today))
    assert found == (overdue and day(overdue))


def test_majors_are_weighed_once_in_twelve_months():
    schedule = Schedule(every="quarter", anchor=Date(2026, 4, 1))
    assert next_majors_review(schedule, Date(2026, 3, 1)) == Date(2026, 4, 1)
    assert next_majors_review(schedule, Date(2026, 4, 1)) == Date(2027, 4, 1)
    assert agenda(schedule, Date(2026, 10, 1), Date(2026, 11, 23)).next_majors == Date(2027, 4, 1)


def test_a_calendar_lists_reviews_in_a_span():
    found = review_dates(CALENDAR_QUARTERS, Date(2026, 11, 23), Date(2027, 7, 1))
    assert found == (Date(2027, 1, 1), Date(2027, 4, 1), Date(2027, 7, 1))


DAYS = st.dates(Date(1990, 1, 1), Date(2200, 1, 1))
SCHEDULES = st.builds(Schedule, every=st.sampled_from(sorted(MONTHS)), anchor=DAYS)


@given(SCHEDULES, DAYS)
def test_the_next_review_is_after_today_and_none_lies_between(schedule, today):
    found = next_review(schedule, today)
    assert today < found <= months_after(today + datetime.timedelta(days=3), MONTHS[schedule.every])
    assert found.day <= schedule.anchor.day
    assert next_review(schedule, found - datetime.timedelta(days=1)) == found


@given(SCHEDULES, DAYS, DAYS)
def test_later_days_have_later_reviews(schedule, one, other):
    early, late = sorted([one, other])
    assert next_review(schedule, early) <= next_review(schedule, late)


@given(SCHEDULES, DAYS, DAYS)
def test_what_is_overdue_stays_so_until_it_is_recorded(schedule, today, later):
    overdue = overdue_review(schedule, None, today)
    if overdue is not None and later >= today:
        assert overdue_review(schedule, None, later) == overdue
        assert overdue_review(schedule, today, today) is None


@given(SCHEDULES, DAYS)
def test_majors_reviews_are_reviews(schedule, today):
    found = next_majors_review(schedule, today)
    assert next_review(schedule, found - datetime.timedelta(days=1)) == found
