"""Lists: what NVIDIA's supported and unsupported tags, and its end-of-life folder, say of a tag.

Pure; imports facts only. The lists contradict each other and the policy: every one that speaks
makes a statement, and the verdict weighs the newest.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.platforms import CudaTagTable, VersionsByOs
from validation.watch.nouns import YesNo
from validation.watch.signals.statement import Statement, evidence, latest_day
from validation.watch.signals.subject import Subject


def lists(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return what each list says of the tag, the newest first; nothing where none names it."""
    if subject.kind != "cuda" or not subject.release:
        return ()
    table = facts.cuda_tags
    newest_first = sorted(
        table.later_lists, key=lambda found: table.sources[found.source].as_of, reverse=True
    )
    later = [_later(subject, facts, found) for found in newest_first]
    return tuple(
        statement
        for statement in (*later, *_named(subject, facts), _folder(subject, table))
        if statement is not None
    )


@lru_cache(maxsize=4)
def _tags(facts: Facts) -> tuple[frozenset[str], frozenset[str]]:
    table = facts.cuda_tags
    return frozenset(table.supported.tags), frozenset(table.unsupported.tags)


def _later(subject: Subject, facts: Facts, found: VersionsByOs) -> Statement | None:
    """Return what a later supported list says: that it names the version, or dropped it.

    It dropped one that the earlier list supported; silence about others proves nothing.
    """
    versions = found.versions.get(subject.os)
    if versions is None:
        return None
    if subject.release in versions:
        says = f"the list of supported tags names CUDA {subject.release} on {subject.os}"
        return _list(says, facts.cuda_tags, found.source, "yes")
    if subject.tag in _tags(facts)[0]:
        says = f"the list of supported tags no longer names CUDA {subject.release} on {subject.os}"
        return _list(says, facts.cuda_tags, found.source, "no")
    return None


def _named(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    table = facts.cuda_tags
    supported, unsupported = _tags(facts)
    found = []
    if subject.tag in supported:
        says = f"the list of supported tags names {subject.tag}"
        found.append(_list(says, table, table.supported.source, "yes"))
    if subject.tag in unsupported:
        says = f"the list of unsupported tags names {subject.tag}"
        found.append(_list(says, table, table.unsupported.source, "no"))
    return tuple(found)


def _list(says: str, table: CudaTagTable, source: str, answer: YesNo) -> Statement:
    day = latest_day(table.sources[source].as_of)
    told = evidence("list", says, table, source, day)
    return Statement(topic="list", answer=answer, evidence=told)


def _folder(subject: Subject, table: CudaTagTable) -> Statement | None:
    found = table.moved_to_end_of_life
    if subject.release not in found.versions:
        return None
    says = f"the Dockerfiles of CUDA {subject.release} were moved to the folder end-of-life"
    told = evidence(
        "list", says, table, found.source, latest_day(table.sources[found.source].as_of)
    )
    return Statement(topic="folder", answer="no", evidence=told)
