"""OS: when the distribution that an image stands on ends, standard or long-term as asked.

Pure; imports facts only.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.model import OsSupport
from validation.watch.signals.statement import Statement, evidence, latest_day
from validation.watch.signals.subject import KEPT, Subject


def distribution(subject: Subject, facts: Facts, support: OsSupport) -> tuple[Statement, ...]:
    """Return the end that counts, and the other one as evidence; a gap where none is known."""
    if subject.os:
        return ends_of(subject.os, facts, support)
    if subject.kind == "distro":
        says = f"{subject.reference} names no release: what it is today is not known"
        told = evidence("os", says, facts.os, "endoflife")
        return (Statement(topic="os", gap=True, evidence=told),)
    return ()


@lru_cache(maxsize=KEPT)
def ends_of(os: str, facts: Facts, support: OsSupport) -> tuple[Statement, ...]:
    """Return when a distribution ends; with "lts" the long-term end counts, where there is one."""
    table = facts.os
    release = table.releases.get(os)
    if release is None:
        says = f"the end of {os} is not known"
        told = evidence("os", says, table, "endoflife")
        return (Statement(topic="os", gap=True, evidence=told),)
    day = latest_day(release.eol)
    long_term = latest_day(release.lts_eol) if release.lts_eol else None
    counts = long_term is None or support == "standard"
    says = f"{os} ends {day}" + ("" if counts else "; its long-term support is counted")
    told = evidence("os", says, table, release.eol_source, day)
    found = (Statement(topic="os", end=day if counts else None, evidence=told),)
    if long_term is None:
        return found
    says = f"{os} ends long-term support {long_term}" + (
        "; os_support: lts would count it" if counts else ""
    )
    told = evidence("os", says, table, release.eol_source, long_term)
    return (*found, Statement(topic="os", end=None if counts else long_term, evidence=told))
