"""Who builds what: images prepared, shared over the places by cost, and built there at once.

Imports builder, progress, engine, matrix and errors.
"""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from validation.cli.builder import Builder, Settings, Task, Wanted
from validation.cli.progress import Display
from validation.cli.workspace import Workspace
from validation.engine.bases import BaseChoice
from validation.engine.build import BuildResult
from validation.engine.buildx import build_argv
from validation.engine.client import image_sizes
from validation.engine.disk import require_space
from validation.engine.dispatch import Dispatch
from validation.engine.places import Place, Places, problem_of_place, with_emulated
from validation.engine.records import measured_seconds, read_records
from validation.errors import BadInput
from validation.matrix.offers import offered_platforms
from validation.matrix.shards import Share, expected_seconds, plan_shares
from validation.model import Image, Record

_HEADROOM = 2.0  # a build holds its cache beside the image, so an image needs about twice its size


class Work(Record, frozen=True, kw_only=True):
    """What there is to do: images to build with each one's platforms by place, and their shares.

    `settled` are the results of images that need no build; `seconds` what the others should take;
    `notes` say which platforms are left out, and why.
    """

    places: tuple[Place, ...]
    wanted: dict[str, Wanted]
    platforms: dict[tuple[str, str], tuple[str, ...]]
    shares: tuple[Share, ...]
    seconds: dict[str, float]
    settled: tuple[BuildResult, ...]
    notes: tuple[str, ...] = ()

    def task(self, place: Place, image: Image) -> Task:
        """Return the task of building an image in a place that may."""
        return Task(
            wanted=self.wanted[image.id],
            place=place,
            platforms=self.platforms[place.name, image.id],
            seconds=self.seconds[image.id],
        )

    def shared(self) -> Iterator[tuple[Place, Share]]:
        """Yield each place with its share."""
        by_name = {place.name: place for place in self.places}
        for share in self.shares:
            yield by_name[share.place], share


def plan_work(
    workspace: Workspace,
    builder: Builder,
    places: Places,
    images: Sequence[Image],
    settings: Settings,
) -> Work:
    """Return who builds what; raises `BadInput` for a cache that a place cannot write."""
    _check_caches(places.places, settings)
    prepared = [builder.prepare(image) for image in images]
    settled = [each for each in prepared if isinstance(each, BuildResult)]
    wanted = {each.image.id: each for each in prepared if isinstance(each, Wanted)}
    here = _with_platforms(workspace, places.places, wanted)
    platforms: dict[tuple[str, str], tuple[str, ...]] = {}
    allowed: dict[str, list[str]] = {}
    notes: list[str] = []
    for each in list(wanted.values()):
        fitting, because = _fitting(each, here, push=settings.push)
        platforms |= {(name, each.image.id): kept for name, kept in fitting.items()}
        allowed[each.image.id] = [each.at] if each.at in fitting else list(fitting)
        if fitting and because:
            notes.append(f"{each.image.id}: {because}")
        if not fitting:
            del wanted[each.image.id]
            settled.append(BuildResult(image=each.image.id, status="skipped", message=because))
    measured = measured_seconds(read_records(workspace.project))
    seconds = expected_seconds(workspace.plan.images, measured)
    todo = [each.image for each in wanted.values()]
    shares = plan_shares(todo, seconds, [place.name for place in here], allowed)
    return Work(
        places=here,
        wanted=wanted,
        platforms=platforms,
        shares=shares,
        seconds=seconds,
        settled=tuple(settled),
        notes=tuple(notes),
    )


def _check_caches(places: Sequence[Place], settings: Settings) -> None:
    exported = [text for text in settings.cache_to if "type=inline" not in text.split(",")]
    cannot = [place.name for place in places if not place.exports_cache]
    if exported and cannot:
        raise BadInput(
            f"{', '.join(cannot)} cannot write a cache of its own",
            hint="--cache-to type=inline with --push, or build with --builder, or turn on "
            "containerd's image store in the engine",
        )


def _with_platforms(
    workspace: Workspace, places: Sequence[Place], wanted: Mapping[str, Wanted]
) -> tuple[Place, ...]:
    """Return the places, asked for emulated platforms too where an image may need one."""
    needed = {platform for each in wanted.values() for platform in each.image.platforms}
    return tuple(
        place if needed <= set(place.platforms) else with_emulated(place, workspace.project)
        for place in places
    )


def _fitting(
    wanted: Wanted, places: Sequence[Place], *, push: bool
) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return {place: the platforms of the image that it builds}, and what is left out and why."""
    found: dict[str, tuple[str, ...]] = {}
    reasons = []
    for place in places:
        if not _has_base(wanted, place, places[0]):
            reasons.append(
                f"{place.name}: only {places[0].engine.place} has {wanted.base.reference}"
            )
            continue
        offers = place.platforms
        if wanted.base.standin is not None:  # it was made for this machine's own platform
            offers = tuple(at for at in offers if at == wanted.base.standin.platform)
        several = bool(place.builder) and push
        kept, left = offered_platforms(wanted.image, offers, several=several)
        if kept:
            found[place.name] = kept
        if left:
            reasons.append(f"{place.name}: {left}")
    return found, "; ".join(reasons)


def _has_base(wanted: Wanted, place: Place, first: Place) -> bool:
    """Return whether a place can get at a base: an image at hand is in the first engine alone."""
    at_hand = wanted.base.how == "given" and wanted.base.standin is None
    return not at_hand or (not place.builder and place.engine.host == first.engine.host)


def plan_text(builder: Builder, work: Work) -> str:
    """Return what would be done: each image's state, or the command that builds it and where."""
    lines = [
        f"{result.image}: {result.status}"
        + (f" in {result.place}" if result.place and len(work.places) > 1 else "")
        + (f", {result.message}" if result.message else "")
        for result in work.settled
        if result.status != "failed"
    ]
    for place, share in work.shared():
        for image in share.images:
            job = builder.job(work.task(place, image))
            metadata = job.secret.with_name("metadata.json")
            argv = shlex.join(map(str, build_argv(place.engine.buildx, job, metadata)))
            where = f" in {place.name}" if len(work.places) > 1 else ""
            lines += [f"{image.id}: build{where}", f"  {argv}"]
        if len(work.places) > 1:
            lines.append(f"{place.name}: about {share.seconds:.0f} s of work")
    return "\n".join(lines)


def bytes_to_add(image: Image, base: BaseChoice, there: Mapping[str, int]) -> int:
    """Return the bytes that an image may add to an engine, which may have its base already."""
    return max(0, image.budget_mb * 1_000_000 - there.get(base.reference, 0))


def check_space(work: Work) -> None:
    """Raise `WorldFailed` where an engine on this machine has too little room for its share."""
    for place, share in work.shared():
        root = Path(place.engine.data_root)
        if not share.images or not place.engine.host.startswith("unix://") or not root.is_dir():
            continue
        there = image_sizes(place.engine)
        added = (bytes_to_add(image, work.wanted[image.id].base, there) for image in share.images)
        require_space(root, int(sum(added) * _HEADROOM), f"building {len(share.images)} images")


def build_work(
    workspace: Workspace, builder: Builder, work: Work, jobs: int | None
) -> tuple[BuildResult, ...]:
    """Build all shares, showing what goes on; return the results in the order of the images."""
    names = [result.image for result in work.settled] + list(work.wanted)
    several = len(work.places) > 1
    with Display(names, "building") as display:
        for result in work.settled:
            _show(display, result, several=several)
        if not work.wanted:
            return ()

        def build(place: Place, image: Image) -> BuildResult:
            told = f"{place.name}: " if several else ""
            return builder.build(
                work.task(place, image), lambda seen: display.step(seen.image, told + seen.text)
            )

        def on_lost(place: Place, why: str) -> None:
            if several:
                display.say(f"{place.name} stopped answering ({why}): its share goes to the others")

        dispatch = Dispatch(
            work.places,
            {share.place: share.images for share in work.shares},
            build=build,
            problem=lambda place: problem_of_place(place, workspace.project),
            may=lambda place, image: (place.name, image.id) in work.platforms,
            on_result=lambda result: _show(display, result, several=several),
            on_lost=on_lost,
        )
        results = dispatch.run(jobs or min(4, os.cpu_count() or 1))
    order = list(work.wanted)
    return tuple(sorted(results, key=lambda result: order.index(result.image)))


def _show(display: Display, result: BuildResult, *, several: bool) -> None:
    text = f"{result.seconds:.0f} s" if result.status == "built" else result.message
    where = f"{result.place}: " if several and result.place and text else ""
    display.done(result.image, result.status, where + text)
