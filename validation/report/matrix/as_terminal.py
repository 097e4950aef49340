"""The report for a terminal: what to move first, then a line for every image.

Pure; imports the report's records and words, and report.table.
"""

from collections.abc import Iterator

from validation.report.matrix.records import Report, Row, Step
from validation.report.matrix.words import (
    answer,
    deadline,
    error,
    last_proven,
    left,
    megabytes,
    seconds,
    since,
    situation,
    training,
)
from validation.report.table import format_table

HEADER = (
    "image", "base", "cuda", "torch", "onnxruntime", "python", "os", "size", "build", "verdict",
    "days left", "state", "passed", "failed", "skipped", "training", "ONNX error", "last proven",
)  # fmt: skip

_DROPPABLE = (
    "base", "os", "python", "build", "onnxruntime", "cuda", "torch", "training", "last proven",
    "size", "skipped", "ONNX error", "days left", "passed",
)  # fmt: skip
"""What a narrow terminal does without, the least telling first: most of it is in the id."""


def format_terminal(report: Report, width: int) -> str:
    """Return the report within `width` characters where that can be done."""
    steps = [_step(step, report) for step in report.steps]
    parts = [answer(report), *steps, _table(report, width), *_proofs(report), *_rest(report)]
    return "\n\n".join([*parts, situation(report)])


def format_overview(report: Report, width: int) -> str:
    """Return the table and the answer below it: what a verb ends with that did something else."""
    return "\n\n".join([_table(report, width), f"{answer(report)} {situation(report)}"])


def _table(report: Report, width: int) -> str:
    rows = [_cells(row) for row in report.images]
    return format_table(HEADER, rows, width=width, droppable=_DROPPABLE)


def _cells(row: Row) -> tuple[str, ...]:
    counts = (row.passed, row.failed, row.skipped)
    return (
        row.id,
        row.base or "rootfs",
        row.cuda or "",
        row.torch or "",
        row.onnxruntime or "",
        row.python,
        row.os,
        megabytes(row.size),
        seconds(row.build_seconds),
        row.standing.headline if row.standing else "",
        left(row.standing),
        row.state,
        *("" if number is None else str(number) for number in counts),
        training(row),
        error(row.onnx_error),
        last_proven(row),
    )


def _step(step: Step, report: Report) -> str:
    when = deadline(step.standing, report.today)
    lines = [f"{when.short}: {step.base}", f"  {when.text}"]
    if step.standing.accepted_because:
        because, until = step.standing.accepted_because, step.standing.accepted_until
        lines.append(f"  accepted until {until}: {because}")
    for way in step.ways:
        lines.append(f"  → {way.way_out.advice if way.way_out else way.instead}")
        lines.append(f"    {', '.join(way.images)}")
    return "\n".join(lines)


def _proofs(report: Report) -> Iterator[str]:
    lines = [f"  {row.id}: {row.state}: {row.why}" for row in report.images if row.why]
    if lines:
        yield "\n".join(["outdated or incomplete:", *lines])
    lines = [f"  {row.id}: {text}" for row in report.images for text in row.failures]
    if lines:
        yield "\n".join(["failed proofs:", *lines])


def _rest(report: Report) -> Iterator[str]:
    if report.skipped:
        lines = [f"  {skip.id}: {skip.reasons[0].message}" for skip in report.skipped]
        yield "\n".join(["cannot be (imagewright plan tells all reasons):", *lines])
    if report.differences and report.differences.items:
        lines = [
            f"  {each.image}: {each.what} {each.old or '-'} → {each.new or '-'}"
            for each in report.differences.items
        ]
        yield "\n".join([f"{since(report.differences)}:", *lines])
