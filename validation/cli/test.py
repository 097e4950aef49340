"""`imagewright test`: built images are started, checked, trained in, and their models compared."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click
from docker import DockerClient

from validation.cli import output, project
from validation.cli.overview import show_overview
from validation.cli.progress import Display
from validation.cli.workspace import Workspace, open_workspace, with_inference
from validation.engine.client import connect, find_engine
from validation.engine.runs import open_run, reap
from validation.errors import ExitCode
from validation.model import Image
from validation.prove.built import Built, engine_info, require_built
from validation.prove.gpu import GpuMode, gpu_for
from validation.prove.proving import Bench, Proven, prove_image
from validation.prove.store import prepare_out
from validation.report.summary import format_summary, total


@click.command("test")
@click.argument("selectors", nargs=-1)
@click.option(
    "--gpu",
    type=click.Choice(["auto", "require", "off"]),
    default="auto",
    show_default=True,
    help="Whether containers get the GPUs; require ends with 3 where there is none.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1),
    default=900,
    show_default=True,
    help="Seconds for each phase: the suite, the training, the model's check.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be proven.")
@click.pass_context
def command(
    ctx: click.Context, selectors: Sequence[str], gpu: GpuMode, timeout: int, dry_run: bool
) -> int:
    """Prove the built images that SELECTORS name.

    Each is started as it would be in service, but without a network. A suite of checks looks at
    it; a training image trains, exports ONNX, and the model is compared in the inference image.
    What was proven is written to out/receipts, the model to out/models. A proof that cannot run
    is skipped with its reason, never passed.
    """
    workspace = open_workspace(project(ctx))
    images = proving_order(workspace.selected(selectors))
    if dry_run:
        output.result("\n".join(f"{image.id}: {what_runs(image)}" for image in images))
        return ExitCode.CLEAN
    engine = find_engine(workspace.project)
    client = connect(engine)
    try:
        reap(client, workspace.project)
        prepare_out(workspace.project)
        with open_run(workspace.project) as run:
            info = engine_info(client)
            for image in images:
                gpu_for(image, gpu, info)
            built, inference = _find_built(client, workspace, images)
            bench = Bench(
                engine=engine,
                client=client,
                info=info,
                project=workspace.project,
                run=run,
                inference=inference,
                gpu=gpu,
                timeout=timeout,
            )
            proven = _prove_all(bench, built)
    finally:
        client.close()
    return _conclude(workspace, proven)


def proving_order(images: Sequence[Image]) -> tuple[Image, ...]:
    """Return training images first: an inference image is proven with a model that they made."""
    return tuple(sorted(images, key=lambda image: image.workload == "inference"))


def what_runs(image: Image) -> str:
    """Return what is done to prove an image, for --dry-run."""
    if image.workload == "inference":
        return "start, suite, check of the newest proven model"
    return "start, suite, training, check of its model in the inference image"


def _find_built(
    client: DockerClient, workspace: Workspace, images: Sequence[Image]
) -> tuple[list[Built], Built | None]:
    """Return the selected images as built, and the built inference image that they need."""
    wanted = list(with_inference(workspace, images))
    found = {
        each.image.id: each for each in require_built(client, wanted, workspace.matrix.repository)
    }
    inference = next((each for each in found.values() if each.image.workload == "inference"), None)
    return [found[image.id] for image in images], inference


def _prove_all(bench: Bench, built: Sequence[Built]) -> list[Proven]:
    proven: list[Proven] = []
    with Display([each.image.id for each in built], "proving") as display:
        for each in built:
            name = each.image.id
            one = prove_image(bench, each, _teller(display, name))
            counts = one.receipt.counts
            text = f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
            display.done(name, "proven" if one.receipt.proven else "failed", text)
            proven.append(one)
    return proven


def _teller(display: Display, name: str) -> Callable[[str], None]:
    return lambda text: display.step(name, text)


def _conclude(workspace: Workspace, proven: Sequence[Proven]) -> int:
    """Print what ran, what failed and what was skipped, and the overview; return the exit code."""
    receipts = [one.receipt for one in proven]
    output.result(format_summary(receipts))
    for one in proven:
        output.result(f"receipt: {_shown(one.path, workspace)}  log: {_shown(one.log, workspace)}")
    show_overview(workspace)
    failed = total(receipts).failed
    if failed:
        output.error(
            f"{failed} proofs failed",
            hint="mend what is named above, then imagewright build and test again",
        )
    return ExitCode.FINDINGS if failed else ExitCode.CLEAN


def _shown(path: Path, workspace: Workspace) -> str:
    return str(path.relative_to(workspace.project.root))
