"""`imagewright report`: what exists, what is inside, what was proven, what to move and when."""

import datetime
import difflib
import importlib
import shutil
from pathlib import Path

import click

from validation.cli import output, project
from validation.cli.reporting import (
    declared,
    everything,
    facts_day,
    report_folder,
    today,
    write_report,
)
from validation.cli.workspace import Workspace, open_workspace
from validation.errors import ExitCode, Findings
from validation.files import write_atomic
from validation.report.matrix.as_page import CALENDAR, format_page
from validation.report.matrix.as_terminal import format_terminal
from validation.report.matrix.content import make_report
from validation.report.matrix.pictures.calendar import calendar_file
from validation.report.matrix.records import Report

FORMATS = ("terminal", "markdown", "html", "json", "github")
PAGE = "docs/matrix.md"


@click.command("report")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="terminal",
    show_default=True,
    help="What to print; github is a job's summary.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for report.html, report.md, report.json.  [default: out/report]",
)
@click.option(
    "--today", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the report, in UTC."
)
@click.option("--page", is_flag=True, help=f"Only write {PAGE}: what matrix, locks and facts say.")
@click.option("--check", is_flag=True, help=f"Only compare {PAGE}: exit 1 with a diff on drift.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    form: str,
    out: Path | None,
    day: datetime.datetime | None,
    page: bool,
    check: bool,
) -> int:
    """Show every planned image: what to move, what it holds, what was proven of it and when.

    Reads the matrix, the locks, the facts, the receipts under out/ and what an engine has built;
    bases are judged offline. Prints one format and writes HTML, Markdown and JSON under out/report,
    where the JSON of every day is kept for the next report to compare with.
    """
    workspace = open_workspace(project(ctx))
    if page or check:
        return _page(workspace, check=check)
    folder = out or report_folder(workspace.project)
    report = make_report(everything(workspace, day.date() if day else today(), folder))
    written = write_report(folder, report)
    output.result(_formatted(form, report))
    output.note(f"wrote {written}")
    return ExitCode.CLEAN


def _formatted(form: str, report: Report) -> str:
    """Return the report in a format; formats are imported when they are asked for."""
    if form == "terminal":
        return format_terminal(report, shutil.get_terminal_size((160, 24)).columns)
    module = importlib.import_module(f"validation.report.matrix.as_{form}")
    text: str = getattr(module, f"format_{form}")(report)
    return text


def _page(workspace: Workspace, *, check: bool) -> int:
    """Write the committed page and its picture, or compare them; their day is that of the facts."""
    report = make_report(declared(workspace, facts_day(workspace.facts)))
    root = workspace.project.root
    wanted = {PAGE: format_page(report), f"docs/{CALENDAR}": calendar_file(report)}
    if not check:
        for path, text in wanted.items():
            write_atomic(root / path, text)
            output.result(f"wrote {path}")
        return ExitCode.CLEAN
    drift = [line for path, text in wanted.items() for line in _diff(root, path, text)]
    if drift:
        raise Findings(
            f"{PAGE} is not what matrix, locks and facts say",
            hint="imagewright report --page, then commit it",
            details=tuple(drift),
        )
    output.result(f"{PAGE} is up to date")
    return ExitCode.CLEAN


def _diff(root: Path, path: str, wanted: str) -> list[str]:
    there = (root / path).read_text("utf-8") if (root / path).is_file() else ""
    return list(
        difflib.unified_diff(
            there.splitlines(), wanted.splitlines(), f"{path} (committed)", path, n=1, lineterm=""
        )
    )[:40]
