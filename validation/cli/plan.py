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
@click.pass_context
def command(ctx: click.Context, selectors: Sequence[str], form: str) -> None:
    """Show the images that SELECTORS name and the combinations that cannot be; all without any.

    A selector is an id, a glob, or terms that all hold ('family=cpu torch>=2.13'); several are
    alternatives. `cuda=12.6` means 12.6.*; other operators (== != >= <= > < ~=) are PEP 440's.
    """
    workspace = open_workspace(project(ctx))
    plan = select_plan(workspace.plan, selectors)
    if plan.skipped and form in {"table", "json"}:
        plan = with_nearest(plan, workspace.plan, workspace.matrix, workspace.facts, _SEARCHED)
    output.result(_formatted(form, workspace, plan, selectors))


def _formatted(form: str, workspace: Workspace, plan: Plan, selectors: Sequence[str]) -> str:
    """Return the plan in a format; formats are imported when they are asked for."""
    if form in {"bake", "github"}:
        select(workspace.plan, selectors)  # an empty job list would fail far away from its reason
        if not plan.images:
            raise BadInput("the matrix has no image that can be", hint="imagewright plan says why")
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
