"""How long builds and trainings took, proof after proof: one small line for each image.

Pure; imports svg.
"""

from collections.abc import Sequence

from validation.report.matrix.pictures.svg import element, picture

WIDTH, HEIGHT, EDGE = 120, 26, 3


def sparkline(values: Sequence[float | None], name: str, what: str) -> str:
    """Return a line through the values in seconds, "" where fewer than two were measured.

    A value that was not measured leaves a gap in time, not in the line. Zero is the lower edge.
    """
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    top = max(value for _, value in known) or 1
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    points = [
        (EDGE + at * step, HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE)) for at, value in known
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    first, last = known[0][1], known[-1][1]
    return picture(
        element("polyline", points=line, class_="times")
        + element("circle", cx=points[-1][0], cy=points[-1][1], r=2.5, class_="times"),
        width=WIDTH,
        height=HEIGHT,
        name=name,
        title=f"{what}: {first:.0f} s, now {last:.0f} s, over {len(known)} proofs",
    )
