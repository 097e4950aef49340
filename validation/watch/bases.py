"""References → the bases that they stand on, each judged once, with better ones beside it.

Pure; imports verdict, replacement, patch.diff, schedule, facts and model only.
"""

import datetime
from collections.abc import Iterable, Mapping

from validation.facts.load import Facts
from validation.model import Fleet, OsSupport, Record, Schedule
from validation.watch.nouns import Reference, RegistryAnswer, Verdict
from validation.watch.patch.diff import Edit
from validation.watch.replacement import ANY_FLEET, find_replacements
from validation.watch.schedule import CALENDAR_QUARTERS, next_review
from validation.watch.verdict import judge
from validation.watch.ways import Replacement, Replacements


class Ground(Record, frozen=True, kw_only=True):
    """What verdicts rest on: facts, the day, the schedule, the hosts, the registry's answers.

    `answers` are by resolved reference; empty when no registry was asked. `fleets` are those of
    families that differ from `fleet`, by their line in matrix.yaml.
    """

    facts: Facts
    today: datetime.date
    schedule: Schedule | None = None
    fleet: Fleet = ANY_FLEET
    fleets: Mapping[int, Fleet] = {}
    os_support: OsSupport = "standard"
    answers: Mapping[str, RegistryAnswer] = {}

    @property
    def next_review(self) -> datetime.date:
        """The first review after today."""
        return next_review(self.schedule or CALENDAR_QUARTERS, self.today)

    def fleet_of(self, reference: Reference) -> Fleet:
        """Return the hosts that an image on this reference runs on."""
        if reference.where == "matrix.yaml":
            return self.fleets.get(reference.place.line, self.fleet)
        return self.fleet


class Patch(Record, frozen=True, kw_only=True):
    """A unified diff that moves the files to a base's replacement, and the edits in it.

    `used` are the places that it moves. `ways` are the replacements that it makes: the best one
    and, where matrix.yaml cannot say that one, the best that it can. `left` names what moves along
    and stands in no line that the patch could change: "torch 2.2.0+cu121 → 2.6.0+cu126".
    """

    text: str
    edits: tuple[Edit, ...]
    used: tuple[Reference, ...]
    ways: tuple[Replacement, ...]
    left: tuple[str, ...] = ()


class Base(Record, frozen=True, kw_only=True):
    """One base: its reference, where it is stood on, the verdict, and what is better.

    A reference is told twice only where what its files install leads to other replacements.
    `patch` puts the best one into the files, None where that cannot be said.
    """

    reference: str
    used: tuple[Reference, ...]
    verdict: Verdict
    replacements: Replacements
    answer: RegistryAnswer | None = None
    patch: Patch | None = None


def judge_bases(references: Iterable[Reference], ground: Ground) -> tuple[Base, ...]:
    """Return the judged bases of all resolved references, by reference."""
    wanted: dict[tuple[str, tuple[str, ...], str, Fleet], list[Reference]] = {}
    for each in references:
        if each.resolved is not None:
            key = (each.resolved, each.installs, each.platform, ground.fleet_of(each))
            wanted.setdefault(key, []).append(each)
    found: dict[str, list[tuple[Replacements, list[Reference]]]] = {}
    for (name, installs, platform, fleet), used in wanted.items():
        better = _better(name, installs, platform, fleet, ground)
        known = found.setdefault(name, [])
        same = next((places for other, places in known if other == better), None)
        if same is None:
            known.append((better, list(used)))
        else:
            same.extend(used)
    return tuple(
        _base(name, better, used, ground) for name in sorted(found) for better, used in found[name]
    )


def _better(
    name: str, installs: tuple[str, ...], platform: str, fleet: Fleet, ground: Ground
) -> Replacements:
    return find_replacements(
        name,
        installs,
        ground.facts,
        ground.today,
        ground.schedule,
        fleet=fleet,
        platform=platform if platform.startswith("linux/") else "linux/amd64",
        os_support=ground.os_support,
        answers=ground.answers,
    )


def _base(name: str, better: Replacements, used: list[Reference], ground: Ground) -> Base:
    answer = ground.answers.get(name)
    verdict = judge(
        name,
        ground.facts,
        answer,
        ground.today,
        ground.schedule,
        os_support=ground.os_support,
    )
    places = sorted(used, key=lambda each: (each.place.file, each.place.line, each.where))
    return Base(
        reference=name,
        used=tuple(places),
        verdict=verdict,
        replacements=better,
        answer=answer,
    )
