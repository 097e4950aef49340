"""When bases are reviewed: calendar arithmetic over `review:` of matrix.yaml.

Pure; imports model only. Review dates run both ways from the anchor: its day of every month,
quarter, half-year or year. A month that lacks the anchor's day has its review on its last day
(31 January → 28 or 29 February → 31 March), so that no rounding adds up.
"""

import calendar
import datetime
from functools import lru_cache

from validation.model import Every, Record, Schedule

Date = datetime.date

MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
"""Months between two reviews."""

CALENDAR_QUARTERS = Schedule(every="quarter", anchor=Date(2026, 1, 1))
"""The schedule where none is declared: the first day of every calendar quarter."""

MAJORS = 12
"""Months between two reviews of majors (CUDA, Python, distribution), which quarters leave alone."""


class Agenda(Record, frozen=True, kw_only=True):
    """What the schedule says on a day.

    `next` is the first review after today. `overdue` is the first review that has passed with
    none recorded since, or None; on its own day a review is due and not overdue. `next_majors` is
    the next of the twelve-monthly reviews that also weigh a change of major.
    """

    next: Date
    overdue: Date | None
    next_majors: Date


def months_after(day: Date, months: int) -> Date:
    """Return the same day `months` later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return Date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_date(anchor: Date, months: int, today: Date) -> Date:
    """Return the first day after `today` that is a whole number of `months` from the anchor."""
    apart = (today.year - anchor.year) * 12 + today.month - anchor.month
    step = apart // months - 1
    while (found := months_after(anchor, step * months)) <= today:
        step += 1
    return found


@lru_cache(maxsize=1024)
def next_review(schedule: Schedule, today: Date) -> Date:
    """Return the first review after `today`."""
    return next_date(schedule.anchor, MONTHS[schedule.every], today)


def next_majors_review(schedule: Schedule, today: Date) -> Date:
    """Return the first twelve-monthly review after `today`."""
    return next_date(schedule.anchor, MAJORS, today)


def overdue_review(schedule: Schedule, recorded: Date | None, today: Date) -> Date | None:
    """Return the first review that has passed unrecorded, or None.

    `recorded` is the day of the last recorded review; None means that there was none, and then
    the anchor is the first that is due.
    """
    due = schedule.anchor if recorded is None else next_review(schedule, recorded)
    return due if due < today else None


def agenda(schedule: Schedule, recorded: Date | None, today: Date) -> Agenda:
    """Return what the schedule says on a day."""
    return Agenda(
        next=next_review(schedule, today),
        overdue=overdue_review(schedule, recorded, today),
        next_majors=next_majors_review(schedule, today),
    )


def review_dates(schedule: Schedule, since: Date, until: Date) -> tuple[Date, ...]:
    """Return the reviews after `since` up to and with `until`, for a calendar."""
    found: list[Date] = []
    day = next_review(schedule, since)
    while day <= until:
        found.append(day)
        day = next_review(schedule, day)
    return tuple(found)
