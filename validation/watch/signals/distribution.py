"""OS: when the distribution that an image stands on ends, standard or long-term as asked.

Pure; imports facts and nouns only.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.model import OsSupport
from validation.watch.nouns import Evidence
from validation.watch.signals.statement import Statement, evidence, latest_day
from validation.watch.signals.subject import KEPT, Subject

OWN_FACTS = "this tool's facts about distributions"
"""What evidence names where these facts lack something: what others know was not read."""


def distribution(subject: Subject, facts: Facts, support: OsSupport) -> tuple[Statement, ...]:
    """Return the end that counts, and the other one as evidence; a gap where none is known."""
    if subject.os:
        return ends_of(subject.os, facts, support)
    if subject.kind == "distro":
        return (
            _gap(f"{subject.reference} names no release: what it is today is not known", facts),
        )
    return ()


def _gap(says: str, facts: Facts) -> Statement:
    """Return what the facts lack; no page is cited for that, since none was found to lack it."""
    told = Evidence(signal="os", says=says, source=OWN_FACTS, as_of=facts.os.as_of)
    return Statement(topic="os", gap=True, evidence=told)


@lru_cache(maxsize=KEPT)
def ends_of(os: str, facts: Facts, support: OsSupport) -> tuple[Statement, ...]:
    """Return when a distribution ends; with "lts" the long-term end counts, where there is one."""
    table = facts.os
    release = table.end_of(os)
    if release is None:
        return (_gap(f"the end of {os} is not in this tool's facts", facts),)
    day = latest_day(release.eol)
    long_term = latest_day(release.lts_eol) if release.lts_eol else None
    counts = long_term is None or support == "standard"
    says = f"{os} ends {day}" + ("" if counts else "; its long-term support is counted")
    told = evidence("os", says, table, release.source, day)
    found = (Statement(topic="os", end=day if counts else None, evidence=told),)
    if long_term is None:
        return found
    says = f"{os} ends long-term support {long_term}" + (
        "; os_support: lts would count it" if counts else ""
    )
    told = evidence("os", says, table, release.source, long_term)
    return (*found, Statement(topic="os", end=None if counts else long_term, evidence=told))
