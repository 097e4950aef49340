"""What a comparison needs before it starts: which two images, in which engine, with which GPUs.

Imports finding, workspace, engine.records, matrix.select, prove, model and errors.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from validation.cli import output
from validation.cli.finding import Opened, locate
from validation.cli.workspace import Workspace
from validation.engine.records import read_records
from validation.engine.runs import Run
from validation.errors import BadInput, WorldFailed
from validation.matrix.select import select
from validation.model import Image, Project, Record
from validation.prove.built import Built, find_built
from validation.prove.compare.checks import Name
from validation.prove.compare.comparing import Job
from validation.prove.compare.onnx import Host
from validation.prove.gpu import Gpu, GpuMode, gpu_for
from validation.prove.store import read_receipts

_SIDES: tuple[Literal["old"], Literal["new"]] = ("old", "new")


class Wish(Record, frozen=True, kw_only=True):
    """How a person wants two images compared; `timeout` is in seconds."""

    runs: int
    steps: int
    seed: int
    timeout: float


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where the two images are, what they get, and where ONNX files are run (None: in NEW)."""

    opened: Opened
    pair: dict[Name, Built]
    gpu: Gpu
    host: Host | None
    builds: dict[Name, tuple[float, ...]]

    def job(self, project: Project, run: Run, wish: Wish) -> Job:
        """Return what is to be compared."""
        return Job(
            engine=self.opened.engine,
            client=self.opened.client,
            info=self.opened.info,
            project=project,
            run=run,
            pair=self.pair,
            host=self.host,
            gpu=self.gpu,
            builds=self.builds,
            runs=wish.runs,
            steps=wish.steps,
            seed=wish.seed,
            timeout=wish.timeout,
        )


def find_pair(workspace: Workspace, old: str, new: str) -> dict[Name, Image]:
    """Return the images that two selectors name; raises as `find_one` does."""
    return {"old": find_one(workspace, old), "new": find_one(workspace, new)}


def find_one(workspace: Workspace, selector: str) -> Image:
    """Return the one training image that a selector names.

    An image that matrix.yaml had once is known by its id from its newest receipt: what one moves
    away from is often gone from the matrix before it is gone from the engine. Raises `BadInput`
    for a selector that names none, several, or an image that does not train.
    """
    try:
        images = select(workspace.plan, [selector])
    except BadInput:
        receipts = read_receipts(workspace.project).receipts
        images = tuple(one.image for one in receipts if one.image.id == selector)[-1:]
        if not images:
            raise
    if len(images) > 1:
        raise BadInput(
            f"{selector!r} names {len(images)} images",
            hint="name one by its id, or add a term: 'family=wheels cuda=12.6'",
            details=tuple(image.id for image in images),
        )
    if images[0].workload != "training":
        raise BadInput(f"{images[0].id} does not train", hint="compare images that train")
    return images[0]


def find_places(
    workspace: Workspace, opened: Sequence[Opened], images: Mapping[Name, Image], mode: GpuMode
) -> Places:
    """Return where everything is; both images have to be in one engine.

    Raises `WorldFailed` when one is not built, when they are apart, or when a GPU is required and
    there is none.
    """
    wanted = list({image.id: image for image in images.values()}.values())
    located = locate(workspace, opened, wanted)
    old, new = (located[images[name].id] for name in _SIDES)
    if old.opened is not new.opened:
        raise WorldFailed(
            f"{images['old'].id} is in {old.opened.engine.place}, "
            f"{images['new'].id} in {new.opened.engine.place}: times would not compare",
            hint="imagewright build both in one engine, or name it with --context",
        )
    return Places(
        opened=old.opened,
        pair={"old": old.built, "new": new.built},
        gpu=_gpu(images, mode, old.opened),
        host=_find_host(workspace, opened),
        builds={"old": _build(workspace, old.built), "new": _build(workspace, new.built)},
    )


def _gpu(images: Mapping[Name, Image], mode: GpuMode, opened: Opened) -> Gpu:
    """Return GPUs where both images can have them: a GPU and a CPU would not compare."""
    found = [gpu_for(images[name], mode, opened.info) for name in _SIDES]
    return next((gpu for gpu in found if gpu.missing), found[0])


def _find_host(workspace: Workspace, opened: Sequence[Opened]) -> Host | None:
    """Return the first inference image that is built in one of the engines."""
    for image in workspace.plan.images:
        if image.workload != "inference":
            continue
        for each in opened:
            built = find_built(each.client, image, workspace.matrix.repository)
            if built is not None:
                return Host(built=built, client=each.client)
    output.note("no inference image is built: the ONNX files run in NEW")
    return None


def _build(workspace: Workspace, built: Built) -> tuple[float, ...]:
    """Return the seconds of an image's longest build on record from these very inputs.

    The others found more of their layers in the cache, and say less of what a build costs.
    """
    records = read_records(workspace.project)
    image, inputs = built.image.id, built.facts.inputs
    seconds = [one.seconds for one in records if one.image == image and one.inputs == inputs]
    return (max(seconds),) if seconds else ()
