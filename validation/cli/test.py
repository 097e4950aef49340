"""`imagewright test`: built images are started, checked, trained in, and their models compared."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from validation.cli import output
from validation.cli import project as project_of
from validation.cli.finding import Located, engines_to_ask, locate, opened_engines
from validation.cli.frame import acting, acting_run
from validation.cli.overview import show_overview
from validation.cli.proving import Proofs
from validation.cli.workspace import Workspace, open_workspace, with_inference
from validation.engine.client import Engine
from validation.engine.runs import Run
from validation.errors import ExitCode
from validation.matrix.serving import serving_order
from validation.model import Image, Project
from validation.prove.gpu import GpuMode, gpu_for
from validation.prove.proving import Bench
from validation.prove.store import prepare_out
from validation.report.proofs import format_summary, total


@click.command("test")
@acting(
    dry_run="Print what would be proven.",
    timeout=900,
    seconds_for="each phase: the suite, the training, the model's check",
)
@click.option(
    "--gpu",
    type=click.Choice(["auto", "require", "never"]),
    default="auto",
    show_default=True,
    help="Whether containers get the GPUs; require ends with 3 where there is none.",
)
@click.pass_context
def command(  # noqa: PLR0917  (click hands over one argument per option)
    ctx: click.Context,
    selectors: Sequence[str],
    contexts: tuple[str, ...],
    timeout: int,
    dry_run: bool,
    gpu: GpuMode,
) -> int:
    """Prove the built images that SELECTORS name, each in the engine where it is.

    Each is started as it would be in service, but without a network. A suite of checks looks at
    it; a training image trains, exports ONNX, and the model is compared in the inference image.
    What was proven is written to out/receipts, the model to out/models. A proof that cannot run
    is skipped with its reason, never passed. Engines on different machines prove at once, each
    one image after another.
    """
    workspace = open_workspace(project_of(ctx))
    images = proving_order(workspace.selected(selectors))
    if dry_run:
        output.result("\n".join(f"{image.id}: {what_runs(image)}" for image in images))
        return ExitCode.CLEAN
    wanted = with_inference(workspace, images)
    engines = engines_to_ask(workspace, wanted, contexts)
    with acting_run(workspace.project, engines) as run, opened_engines(engines) as opened:
        prepare_out(workspace.project)
        found = locate(workspace, opened, wanted)
        for image in images:
            gpu_for(image, gpu, found[image.id].opened.info)
        stopping = threading.Event()
        benches = {
            image.id: _bench(
                workspace.project, found, image,
                run=run, gpu=gpu, timeout=timeout, stopping=stopping,
            )
            for image in images
        }  # fmt: skip
        proofs = Proofs(run, benches, found, stopping)
        proofs.prove()
    return _conclude(workspace, proofs, [each.engine for each in opened])


def _bench(
    project: Project,
    found: Mapping[str, Located],
    image: Image,
    *,
    run: Run,
    gpu: GpuMode,
    timeout: float,
    stopping: threading.Event,
) -> Bench:
    """Return what the proof of one image needs, in the engine where it is.

    The inference image may be in another engine: models travel as archives.
    """
    located = found[image.id]
    order = serving_order([each.built.image for each in found.values()], image)
    inference = found[order[0].id] if order else None
    return Bench(
        engine=located.opened.engine,
        client=located.opened.client,
        info=located.opened.info,
        project=project,
        run=run,
        inference=inference.built if inference else None,
        inference_client=inference.opened.client if inference else None,
        gpu=gpu,
        timeout=timeout,
        stopping=stopping,
    )


def proving_order(images: Sequence[Image]) -> tuple[Image, ...]:
    """Return training images first: an inference image is proven with a model that they made."""
    return tuple(sorted(images, key=lambda image: image.workload == "inference"))


def what_runs(image: Image) -> str:
    """Return what is done to prove an image, for --dry-run."""
    if image.workload == "inference":
        return "start, suite, check of the newest proven model"
    return "start, suite, training, check of its model in the inference image"


def _conclude(workspace: Workspace, proofs: Proofs, engines: Sequence[Engine]) -> int:
    """Print what ran, what failed and what was skipped, and the overview; return the exit code."""
    receipts = [one.receipt for one in proofs.proven]
    if receipts:
        output.result(format_summary(receipts))
    for one in proofs.proven:
        output.result(f"receipt: {_shown(one.path, workspace)}  log: {_shown(one.log, workspace)}")
    proofs.raise_lost()
    show_overview(workspace, engines)
    failed = total(receipts).failed
    if failed:
        output.error(
            f"{failed} proofs failed",
            hint="mend what is named above, then imagewright build and test again",
        )
    return ExitCode.FINDINGS if failed else ExitCode.CLEAN


def _shown(path: Path, workspace: Workspace) -> str:
    return str(path.relative_to(workspace.project.root))
