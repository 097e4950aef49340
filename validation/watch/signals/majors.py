"""Policy, two majors: the release of a CUDA major ends the images of the last but one before it.

Pure; imports facts only.
"""

import datetime
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.versions import is_version, release_of, version
from validation.watch.signals.statement import (
    Statement,
    by_policy,
    deletion_after,
    evidence,
    latest_day,
)
from validation.watch.signals.subject import KEPT, Subject


def majors(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return the major that ended this one: 11 with 13.0. Nothing while two are not out after."""
    if subject.kind != "cuda" or not is_version(subject.release):
        return ()
    return _of_major(release_of(subject.release)[0], facts)


def ended_by(major: int, facts: Facts) -> tuple[str, datetime.date] | None:
    """Return the CUDA version whose release ended a major, as far as is known, and its day."""
    toolkits = facts.cuda_toolkits.toolkits
    after = [name for name in toolkits if release_of(name)[0] >= major + 2]
    if not after:
        return None
    first = min(after, key=version)
    return first, latest_day(toolkits[first].released)


@lru_cache(maxsize=KEPT)
def _of_major(major: int, facts: Facts) -> tuple[Statement, ...]:
    found = ended_by(major, facts)
    if found is None:
        return ()
    first, day = found
    toolkits = facts.cuda_toolkits.toolkits
    gone = deletion_after(day)
    at = "with" if release_of(first)[0] == major + 2 else "no later than with"
    says = (
        f"two CUDA majors are supported at a time: {major} ended {at} {first}, {day}; by policy "
        f"its images are deleted six months later, {gone}"
    )
    dated = evidence("policy", says, facts.cuda_toolkits, toolkits[first].source, day)
    told = by_policy(facts, dated)
    firm = toolkits[first].precision != "inferred"
    return (Statement(topic="majors", end=day, deletion=gone, firm=firm, evidence=told),)
