"""Tables as text: aligned columns for a terminal, pipes for Markdown.

Pure; imports nothing of ours.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def fit_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, droppable: Sequence[str]
) -> list[int]:
    """Return the indexes of the columns that fit into `width` characters.

    Columns are dropped in the order of `droppable` until the rest fits; columns without any
    content are dropped first of all.
    """
    sizes = [max(_width(text) for text in column) for column in zip(header, *rows, strict=True)]
    kept = [at for at in range(len(header)) if not rows or any(row[at] for row in rows)]
    for name in droppable:
        if sum(sizes[at] + 2 for at in kept) - 2 <= width:
            break
        kept = [at for at in kept if header[at] != name]
    return kept


def format_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int = 200,
    droppable: Sequence[str] = (),
) -> str:
    """Return rows in aligned columns, two spaces apart, within `width` where dropping allows it."""
    kept = fit_columns(header, rows, width, droppable)
    chosen = [[row[at] for at in kept] for row in (header, *rows)]
    sizes = [max(map(_width, column)) for column in zip(*chosen, strict=True)]
    lines = [
        "  ".join(text + " " * (size - _width(text)) for text, size in zip(row, sizes, strict=True))
        for row in chosen
    ]
    return "\n".join(line.rstrip() for line in lines)


def format_markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; pipes and line ends in cells are made harmless."""
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
