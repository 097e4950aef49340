"""A base of which nothing is known that settles it.

The facts do not speak of it, or lack something that could have ended it. It is neither good nor
bad; `imagewright scan` without --offline asks its registry.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("unknown", __doc__)
