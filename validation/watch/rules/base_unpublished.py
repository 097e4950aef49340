"""A base that was never published.

The facts know every tag of that version and this is not one of them, or the registry never had
it. A typical slip is a cuDNN word of another version: 12.4.0-cudnn8. No build can pull it.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("unpublished", __doc__)
