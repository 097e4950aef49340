"""A review of the bases that has passed without a record.

`review:` in matrix.yaml gives the days. `imagewright scan --record` writes docs/reviews/<day>.md,
and the next one counts from there.
"""

from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.schedule import overdue_review


def _look(scanned: Scanned) -> Seen:
    review = scanned.review
    if review is None:
        return
    due = overdue_review(review.schedule, review.recorded, scanned.ground.today)
    if due is not None:
        last = f"the last is of {review.recorded}" if review.recorded else "none was recorded yet"
        message = f"the review of {due} is overdue: {last}"
        yield review.place, message, "look at the findings, then: imagewright scan --record"


RULE = rule("review-overdue", "warning", __doc__, _look)
