"""A base that a later patch replaced.

A later patch image of the same CUDA major.minor is published; by policy that ended this one. The
later patch is a drop-in move.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("superseded", __doc__)
