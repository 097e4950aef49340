"""Tables as text: the one writer of facts/data/*.json, and the dates of their sources.

Pure; imports refresh.changes. One row a line, so that a change of facts reads well in a diff.
"""

import json
from collections.abc import Mapping
from typing import Any

from validation.refresh.changes import Table


def _word(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _block(value: object) -> str:
    """Return a value of the first level: on one line, or a line for each row that it holds."""
    rows: list[str]
    if isinstance(value, dict) and any(isinstance(row, dict | list) for row in value.values()):
        rows, (start, end) = [f"{_word(key)}: {_word(row)}" for key, row in value.items()], "{}"
    elif isinstance(value, list) and any(isinstance(row, dict | list) for row in value):
        rows, (start, end) = [_word(row) for row in value], "[]"
    else:
        return _word(value)
    return start + "\n  " + ",\n  ".join(rows) + "\n " + end


def table_text(table: Mapping[str, Any]) -> str:
    """Return a table as its file has it: the same table gives the same bytes."""
    blocks = (f" {_word(key)}: {_block(value)}" for key, value in table.items())
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def dated(table: Table, today: str, sources: Mapping[str, str], *, whole: bool = True) -> Table:
    """Return the table with `sources` (id → title) read `today`, and itself if `whole`.

    A source that the table has keeps its title: a person wrote it.
    """
    known = table["sources"]
    read = {
        source: {**known.get(source, {"title": title}), "as_of": today}
        for source, title in sources.items()
    }
    as_of = today if whole else table["as_of"]
    return {**table, "as_of": as_of, "sources": {**known, **read}}
