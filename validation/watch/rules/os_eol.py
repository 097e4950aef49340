"""A distribution inside a base that has ended, or ends before the next review.

The CUDA version of an image may be current while the distribution under it gets no fixes any
more; a newer patch of CUDA on the same distribution mends nothing. Which end counts is
`os_support` in matrix.yaml: the security team's (standard) or the long-term team's (lts). For a
plain distribution the verdict itself says it.
"""

from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of
from validation.watch.telling import advice


def _look(scanned: Scanned) -> Seen:
    until = scanned.ground.next_review
    for base in scanned.bases:
        if subject_of(base.reference).kind == "distro":
            continue
        ends = [each for each in base.verdict.evidence if each.signal == "os" and each.date]
        for end in ends:
            if end.date is not None and end.date < until:
                message = f"{base.reference}: {end.says} ({end.source}, {end.as_of})"
                yield from ((used.place, message, advice(base)) for used in base.used)


RULE = rule("os-eol", "warning", __doc__, _look)
