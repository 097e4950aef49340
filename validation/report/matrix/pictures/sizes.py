"""Image sizes as bars: a part for each group of layers, what is shared set apart, the budget.

Pure; imports the report's records, words and svg.
"""

from collections.abc import Iterator, Sequence

from validation.report.matrix.pictures.svg import element, picture, wrap
from validation.report.matrix.records import Layer, Report, Row
from validation.report.matrix.words import megabytes

LABELS, PLOT, MARGIN = 390, 650, 110
TOP, ROW, BAR = 34, 24, 14
MOST = 30
"""Images in the picture, the largest first; the table has them all."""

GROUPS = ("base", "system", "python", "torch", "packages", "trainer")
"""Groups of layers that have a colour of their own, in the order in which they are laid."""


def sized(report: Report) -> list[Row]:
    """Return the images whose size is known, the largest first."""
    found = [row for row in report.images if row.size]
    return sorted(found, key=lambda row: (-(row.size or 0), row.id))


def sizes_svg(report: Report, style: str = "") -> str:
    """Return the picture, "" where no size is known."""
    rows = sized(report)[:MOST]
    if not rows:
        return ""
    largest = max(max(row.size or 0, row.budget) for row in rows)
    height = TOP + ROW * len(rows) + 10
    parts = [
        *_legend(rows),
        *(
            part
            for number, row in enumerate(rows)
            for part in _row(row, TOP + number * ROW, PLOT / largest)
        ),
    ]
    return picture(
        "".join(parts),
        width=LABELS + PLOT + MARGIN,
        height=height,
        name="sizes",
        title="Unpacked size of each image by what its layers hold, with its budget",
        style=style,
    )


def _color(group: str) -> str:
    return f"group-{GROUPS.index(group)}" if group in GROUPS else "group-other"


def _legend(rows: Sequence[Row]) -> Iterator[str]:
    groups = list(dict.fromkeys(layer.group for row in rows for layer in row.layers))
    x = float(LABELS)
    if any(not row.layers for row in rows):
        groups.append("not measured by layer")
    for group in groups:
        yield element("rect", x=x, y=4, width=12, height=12, class_=f"part {_color(group)}")
        yield element("text", group, x=x + 17, y=14, class_="legend")
        x += 34 + 7.2 * len(group)
    if any(layer.shared for row in rows for layer in row.layers):
        yield element("rect", x=x, y=4, width=12, height=12, class_="part group-other")
        yield element("rect", x=x, y=4, width=12, height=12, class_="shared")
        yield element("text", "shared with other images", x=x + 17, y=14, class_="legend")


def _row(row: Row, y: float, scale: float) -> Iterator[str]:
    middle = y + ROW / 2
    size = row.size or 0
    parts = [element("title", f"{row.id}: {megabytes(size)} of {megabytes(row.budget)}")]
    parts.append(element("text", _fitted(row.id), x=0, y=middle + 4, class_="name"))
    whole = row.layers or (Layer(group="whole", size=size, shared=0),)
    x = float(LABELS)
    for layer in whole:
        width = layer.size * scale
        top = middle - BAR / 2
        kind = f"part {_color(layer.group)}"
        parts.append(element("rect", x=x, y=top, width=width, height=BAR, class_=kind))
        if layer.shared:
            parts.append(
                element("rect", x=x, y=top, width=layer.shared * scale, height=BAR, class_="shared")
            )
        x += width
    budget = LABELS + row.budget * scale
    mark = "budget over" if size > row.budget else "budget"
    parts.append(element("line", x1=budget, x2=budget, y1=middle - 9, y2=middle + 9, class_=mark))
    end = max(x, budget) + 8 if budget - x < 70 else x + 8
    parts.append(element("text", megabytes(size), x=end, y=middle + 4, class_="day"))
    yield wrap("g", "".join(parts))


def _fitted(name: str) -> str:
    return name if len(name) <= 52 else f"{name[:51]}…"
