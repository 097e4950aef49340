"""A tag that no longer is the image that its digest pins.

The registry was asked: the tag was pushed again since the digest was written, usually with
security fixes. What is built is still the old image, and registries delete untagged ones.
"""

from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of


def _look(scanned: Scanned) -> Seen:
    for base in scanned.bases:
        name = subject_of(base.reference).name
        now = base.answer.digest if base.answer else ""
        if name.tag and name.digest and now and now != name.digest:
            message = f"{base.reference}: the tag {name.tag} is {now} now"
            yield from ((used.place, message, f"write {now}") for used in base.used)


RULE = rule("digest-moved", "warning", __doc__, _look)
