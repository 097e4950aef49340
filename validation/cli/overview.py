"""The table at the end of build and test, and out/report.md: shared by the verbs that end so."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime

from validation.cli import output
from validation.cli.workspace import Workspace
from validation.engine.client import connect, find_engine
from validation.errors import WorldFailed
from validation.files import write_atomic
from validation.prove.built import find_built
from validation.prove.receipt import BuiltFacts
from validation.prove.store import read_receipts
from validation.report.overview import format_markdown, format_terminal
from validation.report.rows import Row, make_rows


def built_images(workspace: Workspace) -> Mapping[str, BuiltFacts] | None:
    """Return what the engine has of the plan's images, by id; None where no engine answers."""
    try:
        client = connect(find_engine(workspace.project))
    except WorldFailed:
        return None
    try:
        found = (
            find_built(client, image, workspace.matrix.repository)
            for image in workspace.plan.images
        )
        return {built.image.id: built.facts for built in found if built is not None}
    except WorldFailed:
        return None
    finally:
        client.close()


def overview_rows(workspace: Workspace) -> tuple[Row, ...]:
    """Return a row for every planned image; what cannot be read is said and left out."""
    receipts = read_receipts(workspace.project)
    for line in receipts.unreadable:
        output.note(line)
    built = built_images(workspace)
    if built is None:
        output.note("no engine answers: what is built is told from the receipts")
    return make_rows(workspace.plan, receipts.receipts, built)


def markdown(workspace: Workspace) -> str:
    """Return the overview of all planned images as Markdown, as of today."""
    return _format(workspace, overview_rows(workspace))


def show_overview(workspace: Workspace) -> None:
    """Print the table of all planned images and write out/report.md."""
    rows = overview_rows(workspace)
    path = workspace.project.out / "report.md"
    write_atomic(path, _format(workspace, rows))
    output.result(format_terminal(rows, shutil.get_terminal_size((160, 24)).columns))
    output.result(f"report: {path.relative_to(workspace.project.root)}")


def _format(workspace: Workspace, rows: tuple[Row, ...]) -> str:
    return format_markdown(rows, workspace.plan.skipped, datetime.now(UTC).date())
