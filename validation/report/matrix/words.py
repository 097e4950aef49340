"""What the report's formats say alike: the answer, deadlines, counts, numbers with units.

Pure; imports the report's records only.
"""

import datetime

from validation.model import Record
from validation.report.matrix.records import Differences, Report, Row, Standing


class Deadline(Record, frozen=True, kw_only=True):
    """When to have moved: two words to read from afar, and the sentence behind them."""

    short: str
    text: str


def long_day(day: datetime.date) -> str:
    """Return "1 January 2027"."""
    return f"{day.day} {day:%B} {day.year}"


def count(number: int, noun: str) -> str:
    """Return "1 image", "2 images"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def days(number: int) -> str:
    """Return "1 day", "34 days"."""
    return count(number, "day")


def answer(report: Report) -> str:
    """Return the report in one sentence: how many images have to move, and until when."""
    tally = report.tally
    if not tally.images:
        return "The matrix comes to no image."
    until = f"before the next review on {long_day(report.next_review)}"
    if not tally.move and tally.decide:
        return f"Decide on {tally.decide:,} of {count(tally.images, 'image')} {until}."
    if not tally.move:
        return f"No image has to move {until}."
    return f"Move {tally.move:,} of {count(tally.images, 'image')} {until}."


def situation(report: Report) -> str:
    """Return the rest in a line: what needs a decision, what is accepted, what was proven."""
    tally = report.tally
    needs = "needs" if tally.decide == 1 else "need"
    parts = [
        f"{count(tally.decide, 'image')} {needs} a decision" if tally.decide else "",
        "none has to move" if tally.decide and not tally.move else "",
        f"{tally.accepted:,} accepted as is" if tally.accepted else "",
        f"{tally.stay:,} on a base supported beyond that day" if tally.stay else "",
        f"{tally.own:,} on a root file system that nobody publishes" if tally.own else "",
    ]
    proofs = [
        f"{tally.proven:,} proven",
        f"{tally.failed:,} failed" if tally.failed else "",
        f"{tally.unproven:,} unproven" if tally.unproven else "",
    ]
    said = [", ".join(part for part in group if part) for group in (parts, proofs)]
    return "; ".join(part for part in said if part) + "."


def deadline(standing: Standing, today: datetime.date) -> Deadline:
    """Return until when an image has to be off its base, or why there is no such day.

    What is accepted says so first, and then what it would be.
    """
    found = _deadline(standing, today)
    if standing.urgency == "accepted":
        return Deadline(short="accepted", text=f"{found.short}: {found.text}")
    return found


def _deadline(standing: Standing, today: datetime.date) -> Deadline:
    eol, gone = standing.eol, standing.deletion_estimate
    deletion = f", deletion estimated for {gone}" if gone else ""
    told = {
        "gone": ("gone", "the registry no longer has it"),
        "unpublished": ("no such tag", "it was never published"),
        "overdue": ("any day", f"its deletion was estimated for {gone}"),
        "flagged": ("announced", f"the image itself announces its end of life{deletion}"),
        "eol": ("ended", f"support ended {eol}{deletion}" if eol else standing.meaning),
        "superseded": ("replaced", f"a later patch replaced it{deletion}"),
        "disputed": ("decide", standing.meaning),
        "unknown": ("decide", standing.meaning),
    }
    if standing.headline == "deletion-due" and gone:
        return Deadline(
            short=days((gone - today).days), text=f"until its estimated deletion {gone}"
        )
    if standing.headline == "eol-due" and eol:
        return Deadline(short=days((eol - today).days), text=f"until its support ends {eol}")
    short, text = told.get(standing.headline, ("", f"supported until {eol}" if eol else ""))
    return Deadline(short=short, text=text)


def left(standing: Standing | None) -> str:
    """Return the days left as a table tells them: "38", "-120", "" where nothing is known."""
    if standing is None or standing.days_left is None:
        return ""
    return str(standing.days_left)


def megabytes(size: int | None) -> str:
    """Return "1113 MB" (10^6 bytes), "" where nothing was measured."""
    return "" if size is None else f"{size / 1e6:.0f} MB"


def seconds(value: float | None) -> str:
    """Return "31 s", "4.2 s", "" where nothing was measured."""
    if value is None:
        return ""
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def error(value: float | None) -> str:
    """Return "1.9e-06", "" where nothing was compared."""
    return "" if value is None else f"{value:.1e}"


def loss(row: Row) -> str:
    """Return "0.87 → -2.8", "" where nothing was trained."""
    smoke = row.smoke
    if smoke is None or smoke.loss_first is None or smoke.loss_last is None:
        return ""
    return f"{smoke.loss_first:.3g} → {smoke.loss_last:.3g}"


def training(row: Row) -> str:
    """Return what the training showed: "loss 0.87 → -2.8, error ÷37.7, in 26 s on cpu"."""
    smoke = row.smoke
    if smoke is None:
        return ""
    parts = [
        f"loss {loss(row)}" if loss(row) else "",
        f"error ÷{smoke.factor:.3g}" if smoke.factor is not None else "",
        f"in {smoke.seconds:.0f} s" + (f" on {smoke.device}" if smoke.device else ""),
    ]
    return ", ".join(part for part in parts if part)


def last_proven(row: Row) -> str:
    """Return what was last proven and when: "2026-11-23 NVIDIA H100, training, ONNX"."""
    if row.proven is None:
        return "never"
    names = {"gpu": next(iter(row.proven_on), "GPU"), "smoke": "training", "parity": "ONNX"}
    notable = ", ".join(name for topic, name in names.items() if topic in row.proved)
    return f"{row.proven.date()} {notable or 'checks'}"


def since(found: Differences) -> str:
    """Return "3 changes since the report of 2026-11-16"."""
    return f"{count(len(found.items), 'change')} since the report of {found.since}"


def gpus(row: Row) -> str:
    """Return the compute capabilities that an image is for: "7.5 8.0 9.0"."""
    numbers = (name.removeprefix("sm_") for name in row.gpus)
    return " ".join(f"{number[:-1]}.{number[-1:]}" for number in numbers)
