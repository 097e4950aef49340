"""A suppression that does not hold.

It names no reason, no day on which it ends, or a rule that there is not; or its day has passed.
What it was to suppress is found again. See "Suppressing" in docs/rules.md.
"""

from validation.watch.rules.rule import Scanned, Seen, rule


def _look(scanned: Scanned) -> Seen:
    for flaw in scanned.flaws:
        yield flaw.place, flaw.message, "write: imagewright: ignore[RULE] until DAY because REASON"


RULE = rule("suppression", "warning", __doc__, _look)
