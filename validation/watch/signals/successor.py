"""Policy, superseded: the next published image of the same major.minor ends the one before it.

Pure; imports facts only. A toolkit patch is not always an image (none for 12.2.1), so that only
published images supersede. The day is the toolkit's release: no list dates images.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.versions import is_version, minor_of, version
from validation.watch.signals.published import known_versions
from validation.watch.signals.statement import (
    Statement,
    by_policy,
    deletion_after,
    evidence,
    latest_day,
)
from validation.watch.signals.subject import KEPT, Subject


def successor(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return the image that superseded this one, that there is none, or that it is not known."""
    if subject.kind != "cuda" or not is_version(subject.release):
        return ()
    return _of_version(subject.release, facts)


@lru_cache(maxsize=KEPT)
def _of_version(release: str, facts: Facts) -> tuple[Statement, ...]:
    patches = known_versions(facts).get(minor_of(release), ())
    later = [name for name in patches if version(name) > version(release)]
    if later:
        return (_superseded(release, later[0], facts),)
    unconfirmed = _unconfirmed(release, facts)
    if unconfirmed:
        return (unconfirmed,)
    if release not in patches:
        return ()  # `published` says that nothing is known of it
    table = facts.cuda_toolkits
    says = f"no later patch of CUDA {minor_of(release)} is known"
    return (Statement(topic="superseded", evidence=evidence("policy", says, table, "archive")),)


def _superseded(release: str, by: str, facts: Facts) -> Statement:
    toolkit = facts.cuda_toolkits.toolkits.get(by)
    if toolkit is None:
        says = (
            f"CUDA {by}, of which images were published, supersedes {release}; its day is unknown"
        )
        table = facts.cuda_tags
        told = evidence("policy", says, table, table.moved_to_end_of_life.source)
        return Statement(topic="superseded", over=True, evidence=told)
    day = latest_day(toolkit.released)
    gone = deletion_after(day)
    inferred = toolkit.precision == "inferred"
    when = toolkit.released if toolkit.precision == "day" else f"{toolkit.released}, by {day}"
    says = (
        f"CUDA {by}, published {when}{' (inferred)' if inferred else ''}, supersedes {release}: "
        f"by policy its images end that day and are deleted six months later, {gone}"
    )
    told = by_policy(facts, evidence("policy", says, facts.cuda_toolkits, toolkit.source, day))
    return Statement(topic="superseded", end=day, deletion=gone, firm=not inferred, evidence=told)


def _unconfirmed(release: str, facts: Facts) -> Statement | None:
    """Return that a later patch's toolkit came out after the tags were last read, or None."""
    table = facts.cuda_toolkits
    read = max((_read_on(facts, release)), default="")
    for name, toolkit in table.toolkits.items():
        same = minor_of(name) == minor_of(release) and version(name) > version(release)
        if same and latest_day(toolkit.released).isoformat() > read:
            says = (
                f"the toolkit of CUDA {name} was released {toolkit.released}, after the tags were "
                f"last read ({read or 'never'}): whether an image of it supersedes {release} is "
                "not known"
            )
            told = evidence("policy", says, table, toolkit.source, latest_day(toolkit.released))
            return Statement(topic="superseded", gap=True, evidence=told)
    return None


def _read_on(facts: Facts, release: str) -> list[str]:
    """Return the days on which the tag lists of a major.minor were read."""
    table = facts.cuda_images
    images = facts.cuda_images_by_minor.get(minor_of(release), ())
    return [table.sources[image.source].as_of for image in images]
