"""A base that its registry no longer has.

The registry answers 404 for a tag that the facts know. Only a registry makes a base gone, never a
date, and never a registry that was not reached. Every new build fails; hosts that have the image
go on until they pull. Move to the replacement that is named.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("gone", __doc__)
