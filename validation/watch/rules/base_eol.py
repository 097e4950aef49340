"""A base that is no longer supported.

Its driver branch, its CUDA major or its distribution has ended, or its publisher says so. No
security fix will come.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("eol", __doc__)
