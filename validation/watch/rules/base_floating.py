"""A base that names no version.

No tag, `latest`, or another name that is moved to every new release: tomorrow's build stands on
something else than today's, and no verdict holds for it. Name a version.
"""

import re

from validation.watch.nouns import Reference
from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of

_MOVING = re.compile(r"(?:latest|stable|rolling|edge|nightly|devel|main|master|lts)(?:-slim)?")


def floats(reference: Reference) -> bool:
    """Return True for a reference without digest whose tag names no version."""
    if reference.resolved is None:
        return False
    name = subject_of(reference.resolved).name
    return not name.digest and (not name.tag or _MOVING.fullmatch(name.tag) is not None)


def _look(scanned: Scanned) -> Seen:
    for each in scanned.references:
        if floats(each):
            tag = subject_of(each.resolved or "").name.tag
            what = f"the tag {tag} moves" if tag else "no tag means latest"
            yield each.place, f"{each.resolved} names no version: {what}", "name a version's tag"


RULE = rule("base-floating", "warning", __doc__, _look)
