"""`imagewright compare`: what a move from one built image to another changes, measured in both."""

from pathlib import Path

import click

from validation.cli import output
from validation.cli import project as project_of
from validation.cli.comparing import Wish, find_pair, find_places
from validation.cli.finding import engines_to_ask, opened_engines
from validation.cli.frame import acting_run, names
from validation.cli.progress import Display
from validation.cli.workspace import open_workspace
from validation.errors import ExitCode
from validation.prove.compare.comparing import compare_images
from validation.prove.compare.store import prepare_folder, write_comparison
from validation.prove.gpu import GpuMode
from validation.prove.store import prepare_out
from validation.report.comparison import format_comparison, format_comparison_page, verdict


@click.command("compare")
@click.argument("old")
@click.argument("new")
@click.option(
    "--runs",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Measured runs of each image, in turn; fewer than 3 tell nothing of noise.",
)
@click.option(
    "--steps",
    type=click.IntRange(2, 10**6),
    default=600,
    show_default=True,
    help="Training steps of each run.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31),
    default=0,
    show_default=True,
    help="Seed of the first run; the next one's is one more.",
)
@click.option(
    "--gpu",
    type=click.Choice(["auto", "require", "never"]),
    default="auto",
    show_default=True,
    help="Whether both get the GPUs; require ends with 3 where there is none.",
)
@click.option(
    "--context",
    "contexts",
    multiple=True,
    metavar="NAME[,NAME…]",
    callback=names,
    help="Docker contexts whose engines are used instead of the one at hand.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1),
    default=900,
    show_default=True,
    help="Seconds for each training, export and check.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the records.  [default: out/compare]",
)
@click.option("--dry-run", is_flag=True, help="Print what would be compared.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    old: str,
    new: str,
    runs: int,
    steps: int,
    seed: int,
    gpu: GpuMode,
    contexts: tuple[str, ...],
    timeout: int,
    out: Path | None,
    dry_run: bool,
) -> int:
    """Compare two built training images, each an id or a selector that names exactly one.

    Both train from the same seeds, in turn, and are measured. OLD's checkpoint has to load in NEW
    and to give the same outputs there; the ONNX files of both have to agree where models are
    served. What differs is named. The record and a page are kept under out/compare.
    """
    workspace = open_workspace(project_of(ctx))
    images = find_pair(workspace, old, new)
    if dry_run:
        output.result(f"{images['old'].id} → {images['new'].id}: {runs} runs of {steps} steps each")
        return ExitCode.CLEAN
    folder = out or workspace.project.out / "compare"
    engines = engines_to_ask(workspace, tuple(images.values()), contexts)
    with acting_run(workspace.project, engines) as run, opened_engines(engines) as opened:
        prepare_out(workspace.project)
        prepare_folder(folder)
        place = find_places(workspace, opened, images, gpu)
        wish = Wish(runs=runs, steps=steps, seed=seed, timeout=timeout)
        with Display(["compare"], "comparing") as display:
            compared = compare_images(
                place.job(workspace.project, run, wish), lambda text: display.step("compare", text)
            )
            display.done("compare", "passed" if compared.passed else "differs")
    path = write_comparison(folder, compared, format_comparison_page(compared))
    output.result(format_comparison(compared))
    output.result(f"record: {path}  page: {path.with_suffix('.md').name}")
    if compared.passed:
        return ExitCode.CLEAN
    output.error(verdict(compared), hint="what failed is named above; the log has all of it")
    return ExitCode.FINDINGS
