"""Where tables are read from, what reading one gives, and what several of them need.

Imports net, refresh and errors.
"""

import json
from collections.abc import Mapping

from validation.errors import WorldFailed
from validation.model import Record
from validation.net.python_index import PythonIndex
from validation.net.web import Web
from validation.refresh.changes import Change, Table
from validation.refresh.metadata import Metadata
from validation.refresh.readings import ProjectFile
from validation.refresh.tables import dated


class Sources(Record, frozen=True, kw_only=True):
    """Where to read. `torch_index` holds "{variant}", None: where the facts say."""

    web: Web
    index: PythonIndex
    torch_index: str | None
    hub: str
    registry: str


class Refreshed(Record, frozen=True, kw_only=True):
    """A table read anew: what it is now, what changed, and the sources that did not answer.

    `read` is False where none of its sources answered.
    """

    table: Table
    read: bool = True
    changes: tuple[Change, ...] = ()
    failures: tuple[str, ...] = ()


def read_metadata(
    sources: Sources, files: Mapping[str, ProjectFile]
) -> tuple[dict[str, Metadata | None], tuple[str, ...]]:
    """Return METADATA by release, None where it is not served, and the failures on the way."""
    found: dict[str, Metadata | None] = {}
    failures = []
    for release, file in files.items():
        try:
            found[release] = sources.index.metadata(file)
        except WorldFailed as error:
            failures.append(error.what)
            found[release] = None
    return found, tuple(failures)


def dated_where_cited(
    table: Table, today: str, sources: Mapping[str, str], *, whole: bool
) -> Table:
    """Date those sources that a row of the table cites."""
    text = json.dumps({key: value for key, value in table.items() if key != "sources"})
    cited = {name: title for name, title in sources.items() if f'"{name}"' in text}
    return dated(table, today, cited, whole=whole)
