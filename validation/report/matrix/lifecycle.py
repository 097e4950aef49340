"""The lifecycle calendar: when what the images stand on was released, ends, and is deleted.

Pure; imports facts, watch, model and the report's records. Three kinds of lanes: bases, the
distributions in them, and torch's wheels for one CUDA, which PyTorch drops release by release.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from validation.facts.load import Facts
from validation.facts.packages import TorchRelease
from validation.model import Image, Schedule
from validation.report.matrix.records import Calendar, Lane, Standing, Urgency
from validation.report.matrix.standings import worst
from validation.watch.names import parse_image
from validation.watch.schedule import (
    CALENDAR_QUARTERS,
    MAJORS,
    MONTHS,
    months_after,
    next_date,
    next_majors_review,
)
from validation.watch.signals.statement import latest_day
from validation.watch.signals.subject import subject_of

Date = datetime.date

BEFORE, AFTER = 18, 36
"""Months that the calendar shows before today and after: a base lives about two years."""


def make_calendar(
    images: Sequence[Image],
    standings: Mapping[str, Standing],
    facts: Facts,
    today: Date,
    schedule: Schedule | None,
) -> Calendar:
    """Return the lanes of all images and the reviews, in whole years around today."""
    plan = schedule or CALENDAR_QUARTERS
    first = Date(months_after(today, -BEFORE).year, 1, 1)
    last = Date(months_after(today, AFTER).year, 12, 31)
    majors = next_majors_review(plan, today)
    horizon = months_after(today, MAJORS)
    return Calendar(
        first=first,
        last=last,
        reviews=tuple(_days(next_date(plan.anchor, MONTHS[plan.every], today), plan, horizon)),
        majors=(majors,),
        lanes=(
            *_bases(images, standings, facts),
            *_distributions(images, facts, next_date(plan.anchor, MONTHS[plan.every], today)),
            *_wheels(images, facts, today),
        ),
    )


def _days(first: Date, plan: Schedule, until: Date) -> Iterator[Date]:
    step = 0
    while (day := months_after(first, step * MONTHS[plan.every])) <= until:
        yield day
        step += 1


def _urgency(images: Sequence[Image], standings: Mapping[str, Standing]) -> Urgency:
    return worst([standings[each.id].urgency for each in images if each.id in standings])


def _grouped(images: Sequence[Image], keys: Sequence[str | None]) -> dict[str, list[Image]]:
    found: dict[str, list[Image]] = {}
    for image, key in zip(images, keys, strict=True):
        if key is not None:
            found.setdefault(key, []).append(image)
    return found


def _bases(
    images: Sequence[Image], standings: Mapping[str, Standing], facts: Facts
) -> Iterator[Lane]:
    """Yield a lane for each base, the first to end first."""
    lanes = []
    for base, on in _grouped(images, [image.base for image in images]).items():
        standing = standings.get(on[0].id)
        lanes.append(
            Lane(
                kind="base",
                name=parse_image(base).familiar,
                note=standing.meaning if standing else "",
                images=len(on),
                urgency=_urgency(on, standings),
                released=_released(base, facts),
                end=standing.eol if standing else None,
                deletion=standing.deletion_estimate if standing else None,
            )
        )
    yield from sorted(lanes, key=lambda lane: (lane.end or Date.max, lane.name))


def _released(base: str, facts: Facts) -> Date | None:
    """Return when a base came out: its toolkit, its month for NGC, its distribution."""
    subject = subject_of(base)
    toolkit = facts.cuda_toolkits.toolkits.get(subject.release)
    if subject.kind == "cuda" and toolkit is not None:
        return latest_day(toolkit.released)
    if subject.kind == "ngc-pytorch" and subject.release:
        year, month = subject.release.split(".")
        return latest_day(f"20{year}-{month}")
    release = facts.os.releases.get(subject.os) if subject.kind == "distro" else None
    return latest_day(release.released) if release else None


def _distributions(images: Sequence[Image], facts: Facts, review: Date) -> Iterator[Lane]:
    """Yield a lane for each distribution; one that ends before the next review has to be left."""
    for os, on in sorted(_grouped(images, [image.os for image in images]).items()):
        release = facts.os.releases.get(os)
        if release is not None:
            last = latest_day(release.lts_eol or release.eol)
            yield Lane(
                kind="os",
                name=os,
                note="the distribution's own support, then its long-term team's"
                if release.lts_eol
                else "the distribution's own support",
                images=len(on),
                urgency="move" if last < review else "stay",
                released=latest_day(release.released),
                end=latest_day(release.eol),
                lts=latest_day(release.lts_eol) if release.lts_eol else None,
            )


def _wheels(images: Sequence[Image], facts: Facts, today: Date) -> Iterator[Lane]:
    """Yield a lane for each CUDA of torch's wheels; where PyTorch dropped it, no newer torch is."""
    keys = [image.variant if image.torch and image.cuda else None for image in images]
    for variant, on in sorted(_grouped(images, keys).items()):
        releases = facts.torch.releases
        having = [name for name, release in releases.items() if _has(release, variant)]
        if not having:
            continue
        names = list(releases)
        dropped = _dropped(facts, names[names.index(having[-1]) + 1 :])
        end = latest_day(releases[dropped].released) if dropped else None
        yield Lane(
            kind="wheels",
            name=f"torch+{variant}",
            note=f"torch {having[0]} to {having[-1]}"
            + (f"; torch {dropped} has none" if dropped else "; none after it is known"),
            images=len(on),
            urgency="decide" if end and end <= today else "stay",
            released=latest_day(releases[having[0]].released),
            end=end,
        )


def _has(release: TorchRelease, variant: str) -> bool:
    found = release.variants.get(variant)
    return release.pypi.variant == variant or (found is not None and found.wheels != {})


def _dropped(facts: Facts, later: Sequence[str]) -> str:
    """Return the first later release that is known to lack a variant, "" where none is."""
    return next((name for name in later if facts.torch.releases[name].variants_known), "")
