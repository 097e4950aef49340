"""Better bases for a file: the nearest published tags, and the other ways out, each judged.

Pure; imports search, verdict, facts and model only.
"""

import datetime
from collections.abc import Mapping, Sequence

from validation.facts.load import Facts
from validation.facts.versions import minor_of
from validation.model import Fleet, OsSupport, Schedule
from validation.watch.installed import installed_of, variant_of_torch
from validation.watch.moves import Terms, Wish
from validation.watch.nouns import RegistryAnswer, Verdict
from validation.watch.search import Search, better_than
from validation.watch.signals.subject import Subject, subject_of
from validation.watch.verdict import judge
from validation.watch.ways import Replacements

ANY_FLEET = Fleet(drivers="", gpus=())
"""Hosts of which nothing is known: nothing is demanded for them; what a later CUDA major needs of
them is told."""


def find_replacements(
    reference: str,
    installs: Sequence[str],
    facts: Facts,
    today: datetime.date,
    schedule: Schedule | None = None,
    *,
    fleet: Fleet = ANY_FLEET,
    platform: str = "linux/amd64",
    os_support: OsSupport = "standard",
    answers: Mapping[str, RegistryAnswer] | None = None,
    count: int = 3,
) -> Replacements:
    """Return up to `count` better tags and the better other ways out of a base.

    `installs` are the requirements that the file installs on it, `answers` what the registry said
    today, by reference. A base that is current has no replacement. Raises `BadInput` for text
    that is no image reference.
    """
    said = answers or {}

    def judged(name: str) -> Verdict:
        return judge(name, facts, said.get(name), today, schedule, os_support=os_support)

    subject, own = subject_of(reference), judged(reference)
    if own.headline == "current":
        return Replacements(because=f"{reference} is current")
    if subject.kind not in {"cuda", "distro"}:
        return Replacements(because=f"nothing is known that could replace {reference}")
    wish = _wish(subject, tuple(installs), facts, fleet, platform)
    search = Search(subject, wish, facts, judged, own)
    found = search.tags(wish)[:count] if subject.kind == "cuda" else ()
    others = better_than(found, search.others())
    if found or others:
        return Replacements(tags=found, others=others)
    return Replacements(because="no base is known that is better and satisfies every constraint")


def _wish(
    subject: Subject, installs: tuple[str, ...], facts: Facts, fleet: Fleet, platform: str
) -> Wish:
    installed = installed_of(installs)
    cuda = minor_of(subject.release) if subject.kind == "cuda" and subject.release else None
    return Wish(
        cuda=subject.release,
        flavor=subject.flavor,
        os=subject.os,
        terms=Terms(
            installed=installed,
            variant=variant_of_torch(facts, installed, cuda),
            fleet=fleet,
            platform=platform or "linux/amd64",
        ),
    )
