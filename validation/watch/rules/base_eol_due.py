"""A base whose support ends before the next review.

It is told now because nobody will look again before it happens. `review:` in matrix.yaml gives the
review dates; without it they are the first days of the calendar quarters.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("eol-due", __doc__)
