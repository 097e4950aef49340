"""A base that is not pinned by digest.

A tag can be pushed again: the same Dockerfile then builds something else. Write the digest behind
the tag (`debian:12-slim@sha256:…`) and let an update bot move both. It is a note, because a digest
can only be written where the registry is reached; where it was asked, the fix names the digest.
"""

from validation.watch.rules.base_floating import floats
from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of


def _look(scanned: Scanned) -> Seen:
    for base in scanned.bases:
        if subject_of(base.reference).name.digest:
            continue
        digest = base.answer.digest if base.answer else ""
        fix = f"write {base.reference}@{digest}" if digest else "write its digest behind the tag"
        message = f"{base.reference} is not pinned by digest"
        yield from (
            (used.place, message, fix) for used in base.used if used.place.file and not floats(used)
        )


RULE = rule("base-undigested", "note", __doc__, _look)
