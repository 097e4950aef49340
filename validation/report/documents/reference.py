"""The reference of matrix.yaml, from the grammar that the loader and the schema use.

Pure; imports matrix.grammar, the report's tables and given.
"""

from collections.abc import Iterator

from validation.matrix.grammar import MATRIX, Field
from validation.report.documents.given import Given
from validation.report.table import format_markdown_table

_MANY = {"no": "one value", "also": "one value or a list", "only": "a list"}


def _kind(field: Field) -> str:
    if field.section is not None:
        return {"no": "keys below", "also": "keys below", "only": "a list of the keys below"}[
            field.many
        ]
    choices = ", ".join(f"`{choice}`" for choice in (field.kind.choices if field.kind else ()))
    return f"{_MANY[field.many]}: {choices}" if choices else _MANY[field.many]


def _rows(fields: dict[str, Field], above: str) -> Iterator[tuple[str, str, str, str]]:
    for key, field in fields.items():
        name = f"{above}{key}"
        required = "yes" if field.required else ""
        yield f"`{name}`", field.about, _kind(field), required
        if field.section is not None:
            below = (
                f"{name}.<name>."
                if field.named
                else f"{name}[]."
                if field.many == "only"
                else f"{name}."
            )
            yield from _rows(field.section, below)


def matrix_keys(given: Given) -> str:
    """Return every key of matrix.yaml with what it means; the grammar is the same for all."""
    del given
    return format_markdown_table(("key", "meaning", "value", "required"), list(_rows(MATRIX, "")))
