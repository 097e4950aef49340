"""A base whose estimated deletion falls before the next review.

Its end of life has passed, and six months after it end before bases are looked at again.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("deletion-due", __doc__)
