"""`imagewright build`: images that are not what their inputs say are built, the others are left."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from validation.cli import output, project
from validation.cli.builder import Builder
from validation.cli.overview import show_overview
from validation.cli.progress import Display
from validation.cli.workspace import open_workspace, with_inference
from validation.engine.bases import BaseMode
from validation.engine.build import BuildResult, build_images
from validation.engine.buildx import BuildJob, build_argv
from validation.engine.client import connect, find_engine
from validation.engine.disk import require_space
from validation.engine.runs import open_run, reap
from validation.errors import ExitCode
from validation.model import Image

_HEADROOM = 2.0  # a build holds its cache beside the image, so an image needs about twice its size


@click.command("build")
@click.argument("selectors", nargs=-1)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Builds at once.  [default: as many as cores, 4 at most]",
)
@click.option("--dry-run", is_flag=True, help="Print what would be built, and how.")
@click.option("--no-cache", is_flag=True, help="Build every step anew.")
@click.option(
    "--bases",
    type=click.Choice(["auto", "registry", "bootstrap"]),
    default="auto",
    show_default=True,
    help="Where bases come from; bootstrap makes a stand-in from the distribution's archive.",
)
@click.option(
    "--wheelhouse",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of wheels to install from, beside the index.",
)
@click.option(
    "--timeout", type=click.IntRange(1), default=3600, show_default=True, help="Seconds per image."
)
@click.pass_context
def command(  # noqa: PLR0917  (click hands over one argument per option)
    ctx: click.Context,
    selectors: Sequence[str],
    jobs: int | None,
    dry_run: bool,
    no_cache: bool,
    bases: BaseMode,
    wheelhouse: Path | None,
    timeout: int,
) -> int:
    """Build the images that SELECTORS name, and the inference image that their proofs need.

    An image whose inputs (Dockerfile, locks, trainer, base digest) are unchanged is not built
    again. One image's failure leaves the others be.
    """
    workspace = open_workspace(project(ctx))
    images = with_inference(workspace, workspace.selected(selectors))
    engine = find_engine(workspace.project)
    reap(connect(engine), workspace.project)
    with open_run(workspace.project) as run:
        builder = Builder(workspace, engine, run, bases=bases, wheelhouse=wheelhouse)
        planned = [builder.plan(image, no_cache=no_cache) for image in images]
        todo = [job for job in planned if isinstance(job, BuildJob)]
        settled = [result for result in planned if isinstance(result, BuildResult)]
        if dry_run:
            return _print_plan(builder, todo, settled)
        _check_space(builder, [job.image for job in todo])
        at_once = jobs or min(4, os.cpu_count() or 1)
        with Display([image.id for image in images], "building") as display:
            for result in settled:
                _show(display, result)
            results = build_images(
                todo,
                lambda job: builder.build(
                    job, lambda seen: display.step(seen.image, seen.text), timeout
                ),
                at_once=at_once,
                on_result=lambda result: _show(display, result),
            )
    code = _conclude((*settled, *results))
    show_overview(workspace)
    return code


def _print_plan(builder: Builder, todo: Sequence[BuildJob], settled: Sequence[BuildResult]) -> int:
    for result in settled:
        if result.status == "failed":
            output.error(f"{result.image}: {result.message}", hint=result.hint)
        else:
            output.result(f"{result.image}: {result.status}")
    for job in todo:
        argv = build_argv(builder.engine.buildx, job, job.secret.with_name("metadata.json"))
        output.result(f"{job.image.id}: build\n  {shlex.join(map(str, argv))}")
    return max((result.exit_code for result in settled), default=ExitCode.CLEAN)


def _check_space(builder: Builder, images: Sequence[Image]) -> None:
    needed = int(sum(image.budget_mb for image in images) * 1_000_000 * _HEADROOM)
    if needed:
        require_space(Path(builder.engine.data_root), needed, f"building {len(images)} images")


def _show(display: Display, result: BuildResult) -> None:
    text = f"{result.seconds:.0f} s" if result.status == "built" else result.message
    display.done(result.image, result.status, text)


def _conclude(results: Sequence[BuildResult]) -> int:
    """Print what failed and why, and the counts; return the exit code."""
    for result in results:
        if result.status == "failed":
            output.error(
                f"{result.image}: {result.message}", hint=result.hint, details=result.details
            )
    counts = dict.fromkeys(("built", "unchanged", "failed"), 0)
    for result in results:
        counts[result.status] += 1
    output.result(", ".join(f"{count} {status}" for status, count in counts.items()))
    return max((result.exit_code for result in results), default=ExitCode.CLEAN)
