"""`imagewright plan`: what the matrix comes to, for people and for programs."""

import shutil
import sys
from collections.abc import Sequence

import click
import msgspec

from validation.cli import output, project
from validation.cli.locks import is_locked
from validation.cli.workspace import Workspace, open_workspace
from validation.errors import BadInput
from validation.matrix.coverage import lost_values
from validation.matrix.plan import with_nearest
from validation.matrix.select import select, select_plan
from validation.model import Plan

_SEARCHED = 100
"""For how many combinations that cannot be a plan searches the nearest that can; `explain` does
it for any."""

FORMATS = ("table", "json", "bake", "github")


@click.command("plan")
@click.argument("selectors", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="bake: a file for `docker buildx bake`; github: a job matrix, on one line.",
)
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    help="With --format github: this many jobs, balanced by what their images should cost.",
)
@click.pass_context
def command(ctx: click.Context, selectors: Sequence[str], form: str, shards: int | None) -> None:
    """Show the images that SELECTORS name and the combinations that cannot be; all without any.

    A selector is an id, a glob, or terms that all hold ('family=cpu torch>=2.13'); several are
    alternatives. `cuda=12.6` means 12.6.*; other operators (== != >= <= > < ~=) are PEP 440's.
    """
    if shards is not None and form != "github":
        raise click.UsageError("--shards goes with --format github", ctx)
    workspace = open_workspace(project(ctx))
    plan = select_plan(workspace.plan, selectors)
    if plan.skipped and form in {"table", "json"}:
        plan = with_nearest(plan, workspace.plan, workspace.matrix, workspace.facts, _SEARCHED)
    if shards is None:
        output.result(_formatted(form, workspace, plan, selectors))
    else:
        output.result(_sharded(workspace, plan, selectors, shards))


def _require_images(workspace: Workspace, plan: Plan, selectors: Sequence[str]) -> None:
    """Raise `BadInput` for an empty job list, which would fail far away from its reason."""
    select(workspace.plan, selectors)
    if not plan.images:
        raise BadInput("the matrix has no image that can be", hint="imagewright plan says why")


def _sharded(workspace: Workspace, plan: Plan, selectors: Sequence[str], shards: int) -> str:
    """Return the job matrix of shards: balanced by out/builds where it is, else by budgets."""
    from validation.engine.records import measured_seconds, read_records  # noqa: PLC0415
    from validation.matrix.shards import expected_seconds, plan_shares  # noqa: PLC0415
    from validation.report.plan import plan_github_shards  # noqa: PLC0415  (only this format's)

    _require_images(workspace, plan, selectors)
    seconds = expected_seconds(plan.images, measured_seconds(read_records(workspace.project)))
    names = [str(number) for number in range(1, shards + 1)]
    return plan_github_shards(plan_shares(plan.images, seconds, names))


def _formatted(form: str, workspace: Workspace, plan: Plan, selectors: Sequence[str]) -> str:
    """Return the plan in a format; formats are imported when they are asked for."""
    if form in {"bake", "github"}:
        _require_images(workspace, plan, selectors)
    default = {image.id for image in select_plan(workspace.plan, workspace.matrix.default).images}
    if form == "bake":
        from validation.render.bake import render_bake  # noqa: PLC0415  (only this format's)

        targets = {image.id for image in plan.images} if selectors else default
        bake = render_bake(plan.images, workspace.matrix.repository, targets)
        return msgspec.json.format(msgspec.json.encode(bake), indent=2).decode()
    if form == "github":
        from validation.report.plan import plan_github  # noqa: PLC0415  (only this format's)

        return plan_github(plan)
    locked = {image.id for image in plan.images if is_locked(workspace, image)}
    # A selection leaves values out on purpose: what the whole matrix loses is what counts.
    lost = () if selectors else lost_values(workspace.matrix, plan)
    if form == "json":
        from validation.report.plan import plan_json  # noqa: PLC0415  (only this format's)

        return plan_json(plan, locked, default, lost)
    from validation.report.plan_table import format_plan  # noqa: PLC0415  (only this format's)

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return format_plan(plan, locked, default, lost, width)
