"""A base that announces its own end of life.

NVIDIA sets NVIDIA_CUDA_END_OF_LIFE in images shortly before they go, and the image prints a
banner at its start. It is read from the image's configuration, or from its source where no
registry was asked. Most images that ended never had it: its absence proves nothing.
"""

from validation.watch.rules.verdicts import verdict_rule

RULE = verdict_rule("flagged", __doc__)
