"""Policy, driver branch: images end with the branch of the driver that their CUDA shipped with.

Pure; imports facts only. Where sources disagree on a branch's end each makes a statement.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.platforms import Ending, Toolkit
from validation.facts.versions import is_version, minor_of, version
from validation.watch.signals.statement import (
    Statement,
    by_policy,
    deletion_after,
    evidence,
    latest_day,
)
from validation.watch.signals.subject import KEPT, Subject


def driver(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return when the driver branch of the tag's CUDA ends, once for each source, or a gap."""
    if subject.kind != "cuda" or not is_version(subject.release):
        return ()
    return _of_version(subject.release, facts)


@lru_cache(maxsize=KEPT)
def _of_version(release: str, facts: Facts) -> tuple[Statement, ...]:
    found = shipped_with(release, facts)
    if found is None:
        says = f"the driver branch that CUDA {release} shipped with is not known"
        return (_gap(says, facts, "archive"),)
    branch, toolkit = found
    inferred = toolkit is not facts.cuda_toolkits.toolkits.get(release)
    how = "its minor's branch" if inferred else f"driver {toolkit.linux_driver}"
    shipped = f"CUDA {release} shipped with {how}, R{branch}"
    known = facts.drivers.branches.get(branch)
    if known is None or not known.eol:
        return (_gap(f"{shipped}, whose end is not known", facts, toolkit.source),)
    return tuple(_ends(shipped, ending, facts, firm=not inferred) for ending in known.eol)


def shipped_with(release: str, facts: Facts) -> tuple[str, Toolkit] | None:
    """Return the driver branch of a CUDA version and the toolkit that names it, or None.

    A patch keeps its minor's branch (a note of the toolkit facts): where none is recorded for a
    patch, the nearest earlier one of the minor tells.
    """
    toolkits = facts.cuda_toolkits.toolkits
    of_minor = [
        name
        for name, toolkit in toolkits.items()
        if toolkit.linux_driver
        and minor_of(name) == minor_of(release)
        and version(name) <= version(release)
    ]
    if release not in toolkits or not of_minor:
        return None
    toolkit = toolkits[max(of_minor, key=version)]
    return str(toolkit.linux_driver).partition(".")[0], toolkit


def _ends(shipped: str, ending: Ending, facts: Facts, *, firm: bool) -> Statement:
    day = latest_day(ending.date)
    gone = deletion_after(day)
    says = (
        f"{shipped}, which ends {day}: by policy the images end with it and are deleted six "
        f"months later, {gone}"
    )
    told = by_policy(facts, evidence("driver", says, facts.drivers, ending.source, day))
    return Statement(topic="driver", end=day, deletion=gone, firm=firm, evidence=told)


def _gap(says: str, facts: Facts, source: str) -> Statement:
    told = evidence("driver", says, facts.cuda_toolkits, source)
    return Statement(topic="driver", gap=True, evidence=told)
