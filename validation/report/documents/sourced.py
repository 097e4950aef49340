"""A table of facts with its sources below it: ids in the cells, titles and days once.

Pure; imports facts and the report's tables.
"""

from collections.abc import Iterable, Sequence

from validation.facts.records import Table
from validation.report.table import format_markdown_table


def sourced_table(
    table: Table, header: Sequence[str], rows: Sequence[Sequence[str]], used: Iterable[str]
) -> str:
    """Return rows as Markdown, and below them the sources whose ids are `used` in the cells."""
    return f"{format_markdown_table(header, rows)}\n\n{source_list(table, used)}"


def source_list(table: Table, used: Iterable[str]) -> str:
    """Return a list of sources by id, in the facts' order, each with the day it was read."""
    wanted = set(used)
    return "\n".join(
        f"- *{name}*: {source.title}, {source.as_of}"
        for name, source in table.sources.items()
        if name in wanted
    )
