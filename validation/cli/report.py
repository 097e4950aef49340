"""`imagewright report`: what there is, what was proven, and what cannot be."""

import click

from validation.cli import output, project
from validation.cli.overview import markdown, show_overview
from validation.cli.workspace import open_workspace
from validation.errors import ExitCode


@click.command("report")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown"]),
    default="table",
    show_default=True,
    help="What to print; out/report.md is written with the table.",
)
@click.pass_context
def command(ctx: click.Context, form: str) -> int:
    """Show every planned image: what it holds, whether it is built, and what was proven of it.

    Reads the matrix, the receipts and the engine, and changes nothing but out/report.md.
    """
    workspace = open_workspace(project(ctx))
    if form == "table":
        show_overview(workspace)
    else:
        output.result(markdown(workspace))
    return ExitCode.CLEAN
