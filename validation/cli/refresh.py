"""`imagewright refresh`: the live indexes and registries, laid over the committed facts."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import click
import msgspec

from validation.cli import output
from validation.cli.refresh_sources import Refreshed, Sources
from validation.cli.refreshing import SUBJECTS, refresh_table
from validation.errors import BadInput, ExitCode, WorldFailed
from validation.facts.load import DATA, TABLES
from validation.files import write_atomic
from validation.net.access import access_of
from validation.net.default_index import default_index_url
from validation.net.installer_config import read_installer_config
from validation.net.python_index import PythonIndex
from validation.net.web import Web
from validation.refresh.changes import Kind, Table, counted, lines_of
from validation.refresh.tables import table_text

_JOBS = 4


@click.command("refresh")
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@click.option("--check", is_flag=True, help="As --dry-run; exit 1 where anything would change.")
@click.option(
    "--deep",
    is_flag=True,
    help="Read METADATA of every release of the packages, not of new ones only.",
)
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date that is written as the day of reading.  [default: today]",
)
@click.option(
    "--torch-index",
    metavar="URL",
    envvar="IMAGEWRIGHT_TORCH_INDEX",
    show_envvar=True,
    help="PyTorch's index, above the variants.  [default: as in the facts]",
)
@click.option(
    "--hub",
    metavar="URL",
    envvar="IMAGEWRIGHT_HUB",
    default="https://hub.docker.com",
    show_envvar=True,
    show_default=True,
    help="Docker Hub's API, asked for nvidia/cuda's tags.",
)
@click.option(
    "--registry",
    metavar="URL",
    envvar="IMAGEWRIGHT_REGISTRY",
    default="https://registry-1.docker.io",
    show_envvar=True,
    show_default=True,
    help="The registry that is asked where the API does not answer.",
)
@click.option(
    "--facts",
    "folder",
    default=DATA,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The tables to rewrite.  [default: those that this tool reads]",
)
def command(
    *,
    subjects: Sequence[str],
    dry_run: bool,
    check: bool,
    deep: bool,
    today: datetime | None,
    torch_index: str | None,
    hub: str,
    registry: str,
    folder: Path,
) -> int:
    """Read the live indexes and registries and rewrite the facts, with a diff.

    SUBJECT is torch, torchvision, torchaudio, cupy, numpy, onnx, onnxruntime or cuda; all of
    them where none is named. The Python package index is the one that pip and uv are set to here.
    What vanished is kept and marked; what a person wrote is left alone. A new date of reading
    alone is no change.
    """
    names = _tables(subjects)
    tables = {name: _read(folder / f"{name}.json") for name in names}
    day = (today or datetime.now().astimezone()).date().isoformat()
    config = read_installer_config(os.environ, None)
    with Web(access_of(config), connections=_JOBS) as web:
        sources = Sources(
            web=web,
            index=PythonIndex(web, config.index_url or default_index_url()),
            torch_index=f"{torch_index.rstrip('/')}/{{variant}}" if torch_index else None,
            hub=hub,
            registry=registry,
        )
        with ThreadPoolExecutor(_JOBS) as pool:
            found = list(
                pool.map(
                    lambda name: refresh_table(name, tables[name], sources, day, deep=deep), names
                )
            )
    changed = False
    for name, refreshed in zip(names, found, strict=True):
        changed |= _tell(_label(name, tables[name]), refreshed)
        if not (dry_run or check):
            _write(folder / f"{name}.json", tables[name], refreshed)
    _raise_unread(found)
    return ExitCode.FINDINGS if check and changed else ExitCode.CLEAN


def _raise_unread(found: Sequence[Refreshed]) -> None:
    """Raise `WorldFailed` with a line for each source that did not answer."""
    failures = tuple(dict.fromkeys(line for refreshed in found for line in refreshed.failures))
    if failures:
        raise WorldFailed(
            f"{len(failures)} {'source was' if len(failures) == 1 else 'sources were'} not read",
            hint="what was read is told above; run it again where these are reached",
            details=failures,
        )


def _tables(subjects: Sequence[str]) -> tuple[str, ...]:
    for subject in subjects:
        if subject not in SUBJECTS:
            near = output.did_you_mean(subject, SUBJECTS)
            raise BadInput(
                f"nothing to refresh is called {subject!r}{near}",
                hint=f"there are: {', '.join(SUBJECTS)}",
            )
    asked = subjects or tuple(SUBJECTS)
    return tuple(dict.fromkeys(table for subject in asked for table in SUBJECTS[subject]))


def _read(path: Path) -> Table:
    try:
        table: Table = msgspec.json.decode(path.read_bytes(), type=Table)
        msgspec.convert(table, TABLES[path.stem])
    except (OSError, msgspec.MsgspecError) as error:
        raise BadInput(f"{path} is no table of facts: {error}") from error
    return table


def _label(name: str, table: Table) -> str:
    """Return what a table is about, in the words of its source."""
    return str(table.get("package") or table.get("repository") or name)


def _tell(name: str, refreshed: Refreshed) -> bool:
    """Write what a table's reading came to; return True where a statement moved."""
    if not refreshed.read:
        output.result(f"{name}: not read")
        return False
    partly = " in what was read" if refreshed.failures else ""
    output.result(f"{name}: {counted(refreshed.changes)}{partly}")
    for line in lines_of(refreshed.changes):
        output.result(f"  {line}")
    return any(change.kind is not Kind.REMARK for change in refreshed.changes)


def _write(path: Path, before: Table, refreshed: Refreshed) -> None:
    """Write a table that moved, after reading it as the tool will: never what it cannot load."""
    if refreshed.table == before:
        return
    msgspec.convert(refreshed.table, TABLES[path.stem])
    write_atomic(path, table_text(refreshed.table))
