"""`imagewright documents`: fills the tables of documents from facts, matrix, measurements."""

import difflib
from pathlib import Path

import click
import msgspec

from validation.cli import output
from validation.cli import project as project_of
from validation.cli.workspace import open_workspace, read_text
from validation.errors import BadInput, Findings
from validation.files import write_atomic
from validation.model import Record
from validation.report.documents import TABLES
from validation.report.documents.blocks import fill_blocks
from validation.report.documents.given import Figure, Given

_MEASUREMENTS = "docs/measurements.json"
_COMMANDS = "commands"


class _Measurements(Record, frozen=True, kw_only=True):
    """What stands in docs/measurements.json."""

    figures: tuple[Figure, ...]


def _figures(path: Path) -> tuple[Figure, ...]:
    try:
        return msgspec.json.decode(read_text(path), type=_Measurements).figures
    except msgspec.DecodeError as error:
        raise BadInput(
            f"{path}: {error}", hint="see Figure in report/documents/given.py"
        ) from error


def _help(command: click.Command, name: str, parent: click.Context | None) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=90)
    told = [f"### {context.command_path}", "", "```text", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                told += _help(found, below, context)
    return told


def _commands(ctx: click.Context) -> str:
    """Return the help of every verb, as the command prints it."""
    root = ctx.find_root()
    return "\n".join(_help(root.command, "imagewright", None)).rstrip()


@click.command(short_help="Fill the tables in the documents; --check compares.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with a diff on any drift.")
@click.pass_context
def command(ctx: click.Context, *, check: bool) -> None:
    """Fill the tables in README.md and docs/ from facts, matrix.yaml and docs/measurements.json.

    A table begins with the line <!-- generated: NAME --> and ends with <!-- end -->.
    """
    project = project_of(ctx)
    workspace = open_workspace(project)
    given = Given(
        facts=workspace.facts,
        matrix=workspace.matrix,
        plan=workspace.plan,
        figures=_figures(project.root / _MEASUREMENTS),
    )

    def render(name: str) -> str:
        if name == _COMMANDS:
            return _commands(ctx)
        if name not in TABLES:
            known = ", ".join([*TABLES, _COMMANDS])
            raise BadInput(f"no table is called {name}", hint=f"there are {known}")
        return TABLES[name](given)

    drifts = []
    for path in (project.root / "README.md", *sorted((project.root / "docs").rglob("*.md"))):
        name = str(path.relative_to(project.root))
        old = read_text(path)
        new = fill_blocks(old, name, render)
        if new != old:
            drifts.append(name)
            if check:
                lines = (old.splitlines(), new.splitlines())
                output.result("\n".join(difflib.unified_diff(*lines, name, name, lineterm="", n=1)))
            else:
                write_atomic(path, new)
                output.result(f"filled {name}")
    if check and drifts:
        raise Findings(
            f"tables are not what the facts say: {', '.join(drifts)}",
            hint="imagewright documents, then commit what it wrote",
        )
