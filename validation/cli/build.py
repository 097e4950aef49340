"""`imagewright build`: images that are not what their inputs say are built, the others are left."""

from collections.abc import Sequence
from pathlib import Path

import click

from validation.cli import NEXT_STEPS, output, project
from validation.cli.builder import Builder, Settings
from validation.cli.frame import acting, acting_run, names
from validation.cli.overview import show_overview
from validation.cli.sharing import Work, build_work, check_space, plan_text, plan_work
from validation.cli.workspace import open_workspace, with_inference
from validation.engine.bases import BaseMode
from validation.engine.build import BuildResult
from validation.engine.given import parse_given, require_used
from validation.engine.places import open_places
from validation.engine.registry_names import cache_options, require_pushable
from validation.errors import ExitCode


@click.command("build")
@acting(dry_run="Print what would be built, where, and how.", timeout=3600, seconds_for="an image")
@click.option(
    "--builder",
    "builders",
    multiple=True,
    metavar="NAME[,NAME…]",
    callback=names,
    help="buildx builders to build with: remote, Kubernetes, docker-container.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Builds at once in each place.  [default: as many as cores here, 4 at most]",
)
@click.option("--no-cache", is_flag=True, help="Build every step anew.")
@click.option("--push", is_flag=True, help="Push to the registry of matrix.yaml's repository too.")
@click.option(
    "--cache-from",
    multiple=True,
    metavar="SPEC",
    help="A cache to read, as buildx spells it: type=registry,ref=…; {id} is the image's id.",
)
@click.option("--cache-to", multiple=True, metavar="SPEC", help="A cache to write, likewise.")
@click.option(
    "--bases",
    type=click.Choice(["auto", "registry", "bootstrap"]),
    default="auto",
    show_default=True,
    help="Where bases come from; bootstrap makes a stand-in from the distribution's archive.",
)
@click.option(
    "--base",
    "given",
    multiple=True,
    metavar="ID=BASE",
    help="What images stand on instead: the tar archive of a root file system, or an image.",
)
@click.option(
    "--wheelhouse",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of wheels to install from, beside the index.",
)
@click.pass_context
def command(  # noqa: PLR0917  (click hands over one argument per option)
    ctx: click.Context,
    selectors: Sequence[str],
    contexts: tuple[str, ...],
    timeout: int,
    dry_run: bool,
    builders: tuple[str, ...],
    jobs: int | None,
    no_cache: bool,
    push: bool,
    cache_from: Sequence[str],
    cache_to: Sequence[str],
    bases: BaseMode,
    given: tuple[str, ...],
    wheelhouse: Path | None,
) -> int:
    """Build the images that SELECTORS name, and the inference image that their proofs need.

    An image whose inputs (Dockerfile, locks, trainer, base digest) are unchanged is not built
    again. One image's failure leaves the others be. Several contexts or builders share the work
    by what each image is expected to cost; what one of them loses, the others build.
    """
    workspace = open_workspace(project(ctx))
    images = with_inference(workspace, workspace.selected(selectors))
    if push:
        require_pushable(workspace.matrix.repository)
    settings = Settings(
        bases=bases,
        given=parse_given(given),
        wheelhouse=wheelhouse,
        no_cache=no_cache,
        push=push,
        cache_from=cache_options(cache_from, images=len(images), writes=False),
        cache_to=cache_options(cache_to, images=len(images), writes=True),
        timeout=timeout,
    )
    require_used(settings.given, images)
    places = open_places(workspace.project, contexts=contexts, builders=builders)
    for name, why in places.lost.items():
        output.note(f"{name} does not answer ({why}): its share goes to the others")
    with acting_run(workspace.project, places.engines) as run:
        builder = Builder(workspace, places, run, settings)
        builder.check_given(images)
        work = plan_work(workspace, builder, places, images, settings)
        for line in work.notes:
            output.note(f"not built: {line}")
        if dry_run:
            output.result(plan_text(builder, work))
            return _conclude(work.settled, work, quiet=True)
        check_space(work)
        results = build_work(workspace, builder, work, jobs)
    code = _conclude((*work.settled, *results), work)
    show_overview(workspace, places.engines)
    return code


def _conclude(results: Sequence[BuildResult], work: Work, *, quiet: bool = False) -> int:
    """Print what failed and why, where the rest is, and the counts; return the exit code."""
    for result in results:
        if result.status == "failed":
            output.error(
                f"{result.image}: {result.message}",
                hint=result.hint or NEXT_STEPS[result.exit_code],
                details=result.details,
            )
    if not quiet:
        counts = dict.fromkeys(("built", "unchanged", "failed"), 0)
        for result in results:
            counts[result.status] = counts.get(result.status, 0) + 1
        output.result(", ".join(f"{count} {status}" for status, count in counts.items()))
        if len(work.places) > 1:
            for place in work.places:
                built = [r for r in results if r.place == place.name and r.status == "built"]
                spent = sum(result.seconds for result in built)
                output.result(f"{place.name}: {len(built)} built in {spent:.0f} s of work")
    return max((result.exit_code for result in results), default=ExitCode.CLEAN)
