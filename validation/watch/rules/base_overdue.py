"""A base whose estimated deletion has passed.

By the support policy an image is deleted six months after its end of life, and that day is over.
Tags years past it are still served, so this is no proof that it is gone; nothing holds it either.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("overdue", __doc__)
