"""How build and test end: today's report written under out/report/ and told on the terminal."""

import shutil
from collections.abc import Sequence

from validation.cli import output
from validation.cli.reporting import everything, report_folder, today, write_report
from validation.cli.workspace import Workspace
from validation.engine.client import Engine
from validation.report.matrix.as_terminal import format_overview
from validation.report.matrix.content import make_report


def show_overview(workspace: Workspace, engines: Sequence[Engine] = ()) -> None:
    """Write today's report and print it; `engines` were at work, without them it finds one."""
    folder = report_folder(workspace.project)
    report = make_report(everything(workspace, today(), folder, engines))
    page = write_report(folder, report)
    output.result(format_overview(report, shutil.get_terminal_size((160, 24)).columns))
    output.result(f"report: {page.relative_to(workspace.project.root)}")
