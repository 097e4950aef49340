"""A base that NVIDIA's policy ended and NVIDIA's newest list supports.

Only the driver-branch rule or the two-majors rule of the support policy ends it, while the
publisher's newest list of supported tags still names it. Both sides are in the message. Nothing
is wrong today; a move can be planned instead of rushed.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("disputed", __doc__)
