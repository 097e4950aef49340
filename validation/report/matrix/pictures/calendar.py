"""The lifecycle calendar as a timeline: support, grace until the deletion, reviews, today.

Pure; imports the report's records and svg. Dates are turned into pixels linearly.
"""

import datetime
from collections.abc import Iterator, Sequence

from validation.model import Record
from validation.report.matrix.pictures.svg import element, picture, style, wrap
from validation.report.matrix.records import Calendar, Lane, Report
from validation.report.matrix.words import count

LABELS, PLOT, MARGIN = 390, 780, 20
TOP, ROW, HEADING = 52, 24, 34
BAR = 10
TITLES = {
    "base": "Base images",
    "os": "Distributions",
    "wheels": "torch's wheels, by CUDA",
}
"""Kinds of lanes in the order in which they are drawn, by their headings."""


class Scale(Record, frozen=True, kw_only=True):
    """Turns days into pixels, and keeps them within the plot."""

    first: datetime.date
    last: datetime.date

    def x(self, day: datetime.date) -> float:
        """Return where a day is drawn."""
        kept = min(max(day, self.first), self.last)
        return LABELS + PLOT * (kept - self.first).days / (self.last - self.first).days


def calendar_svg(report: Report, style: str = "") -> str:
    """Return the calendar; with `style` it stands alone as a file."""
    calendar = report.calendar
    scale = Scale(first=calendar.first, last=calendar.last)
    lanes, height = _lanes(calendar.lanes, scale, report.today)
    parts = [
        _hatch(),
        *_years(calendar, scale, height),
        *_reviews(calendar, scale, height),
        *lanes,
        *_today(report.today, scale, height),
    ]
    return picture(
        "".join(parts),
        width=LABELS + PLOT + MARGIN,
        height=height,
        name="calendar",
        title=f"Lifecycle of what the images stand on, {calendar.first.year} to "
        f"{calendar.last.year}; the table below says the same",
        style=style,
    )


def calendar_file(report: Report) -> str:
    """Return the calendar as a file of its own, light and dark by the reader's scheme."""
    return calendar_svg(report, style()) + "\n"


def _hatch() -> str:
    line = element("path", d="M0 6L6 0", class_="hatch")
    pattern = wrap("pattern", line, id="grace", width=6, height=6, patternUnits="userSpaceOnUse")
    return wrap("defs", pattern)


def _years(calendar: Calendar, scale: Scale, height: float) -> Iterator[str]:
    for year in range(calendar.first.year, calendar.last.year + 1):
        x = scale.x(datetime.date(year, 1, 1))
        yield element("line", x1=x, x2=x, y1=TOP - 12, y2=height - 8, class_="grid")
        yield element("text", str(year), x=x + 5, y=TOP - 16, class_="year")


def _reviews(calendar: Calendar, scale: Scale, height: float) -> Iterator[str]:
    for day in calendar.reviews:
        x, major = scale.x(day), day in calendar.majors
        kind = "review majors" if major else "review"
        words = f"review {day}" + (", majors too" if major else "")
        line = element("line", x1=x, x2=x, y1=TOP - 4, y2=height - 8, class_=kind)
        mark = element("path", d=f"M{x:.1f} {TOP - 4}l4 -6h-8z", class_=f"mark {kind}")
        yield wrap("g", element("title", words) + line + mark)


def _today(today: datetime.date, scale: Scale, height: float) -> Iterator[str]:
    x = scale.x(today)
    yield element("line", x1=x, x2=x, y1=TOP - 34, y2=height - 8, class_="today")
    yield element("text", f"today, {today}", x=x + 5, y=TOP - 34, class_="today")


def _lanes(lanes: Sequence[Lane], scale: Scale, today: datetime.date) -> tuple[list[str], float]:
    """Return all lanes below their headings, and the height that they take."""
    parts: list[str] = []
    y = float(TOP)
    for kind, title in TITLES.items():
        found = [lane for lane in lanes if lane.kind == kind]
        if not found:
            continue
        y += HEADING
        parts.append(element("text", title, x=0, y=y - 12, class_="heading"))
        for lane in found:
            parts.append(_lane(lane, scale, y, today))
            y += ROW
    return parts, y + 12


def _lane(lane: Lane, scale: Scale, y: float, today: datetime.date) -> str:
    """Return one lane: a mark of its urgency, its name, its bars, and its last day in words."""
    middle = y + ROW / 2
    over = [day for day in (lane.deletion, lane.lts, lane.end) if day]
    text = f"{lane.name}: released {lane.released or 'unknown'}, "
    text += f"support ends {lane.end or 'unknown'}"
    text += f", long-term support ends {lane.lts}" if lane.lts else ""
    text += f", deletion estimated for {lane.deletion}" if lane.deletion else ""
    parts = [
        element("title", f"{text}. {lane.note}"),
        element("rect", x=0, y=y, width=LABELS + PLOT, height=ROW, class_="lane"),
        element("circle", cx=5, cy=middle, r=4, class_=f"dot {lane.urgency}"),
        element("text", _fitted(lane.name), x=16, y=middle + 4, class_="name"),
        element("text", count(lane.images, "image"), x=LABELS - 12, y=middle + 4, class_="count"),
        *_bars(lane, scale, middle - BAR / 2),
    ]
    if over:
        parts.append(_last_day(max(over), scale, middle))
    return wrap("g", "".join(parts), class_="past" if over and max(over) < today else "present")


def _last_day(day: datetime.date, scale: Scale, middle: float) -> str:
    """Return a lane's last day behind its bar; at the edge where the bar is off the plot."""
    edge = scale.x(day)
    if edge > LABELS + PLOT - 70:
        return ""
    text = day.isoformat() if day > scale.first else f"◂ {day}"
    return element("text", text, x=edge + 6, y=middle + 4, class_="day")


def _fitted(name: str) -> str:
    """Return a name that fits beside the plot; the whole one is the lane's title."""
    return name if len(name) <= 42 else f"{name[:41]}…"


def _bars(lane: Lane, scale: Scale, y: float) -> Iterator[str]:
    start = lane.released or scale.first
    end = lane.end or scale.last
    yield _bar(scale, start, end, y, "live" if lane.end else "live open")
    if lane.lts:
        yield _bar(scale, end, lane.lts, y, "lts")
    if lane.end and lane.deletion:
        yield _bar(scale, lane.end, lane.deletion, y, "grace")


def _bar(scale: Scale, start: datetime.date, end: datetime.date, y: float, kind: str) -> str:
    left, right = scale.x(start), scale.x(end)
    if right <= left:
        return ""
    return element("rect", x=left, y=y, width=right - left, height=BAR, class_=f"bar {kind}")
