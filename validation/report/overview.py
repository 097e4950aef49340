"""The overview of all images, for a terminal and as Markdown.

Pure; imports report's rows, summary and table, and model. Today is passed in.
"""

from collections.abc import Sequence
from datetime import date, datetime

from validation.model import Skip
from validation.report.rows import Row, failures, smoke_text
from validation.report.summary import format_counts, skips_by_reason
from validation.report.table import format_markdown_table, format_table

HEADER = (
    "image", "base", "cuda", "torch", "onnxruntime", "python", "os", "size", "built", "state",
    "passed", "failed", "skipped", "training", "ONNX error", "proven",
)  # fmt: skip

_DROPPABLE = (
    "base", "os", "python", "built", "onnxruntime", "cuda", "torch", "training", "proven", "size",
    "skipped", "ONNX error",
)  # fmt: skip
"""What a narrow terminal does without, the least telling first: most of it is in the id."""


def _day(moment: datetime | str | None) -> str:
    text = moment.isoformat() if isinstance(moment, datetime) else (moment or "")
    return text[:10]


def parity_error(row: Row) -> str:
    """Return the measured difference between ONNX Runtime and torch, such as "1.2e-06"."""
    parity = row.receipt.parity if row.receipt else None
    return f"{parity.error:.1e}" if parity and parity.error is not None else ""


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells, in the order of `HEADER`."""
    image, counts = row.image, row.counts
    return (
        image.id,
        image.base or "rootfs",
        image.cuda or "",
        image.torch or "",
        image.onnxruntime or "",
        image.python,
        image.os,
        f"{row.built.size / 1e6:.0f} MB" if row.built else "",
        _day(row.built.created) if row.built else "",
        row.state,
        str(counts.passed) if counts else "",
        str(counts.failed) if counts else "",
        str(counts.skipped) if counts else "",
        smoke_text(row.receipt),
        parity_error(row),
        _day(row.proven_at),
    )


def format_terminal(rows: Sequence[Row], width: int) -> str:
    """Return the overview within `width` characters where that can be done."""
    return format_table(HEADER, [cells(row) for row in rows], width=width, droppable=_DROPPABLE)


def format_markdown(rows: Sequence[Row], skipped: Sequence[Skip], today: date) -> str:
    """Return the overview as Markdown: images, failures, what was skipped, what cannot be."""
    parts = [
        f"# Images\n\nAs of {today.isoformat()}.",
        format_markdown_table(HEADER, [cells(row) for row in rows]),
        *filter(None, (_failures(rows), _skips(rows), _impossible(skipped))),
    ]
    return "\n\n".join(parts) + "\n"


def _failures(rows: Sequence[Row]) -> str:
    items = [
        f"- `{row.image.id}` {proof.name}: {proof.reason.splitlines()[0] if proof.reason else ''}"
        for row in rows
        if row.receipt
        for proof in failures(row.receipt)
    ]
    return "\n".join(["## Failed proofs", "", *items]) if items else ""


def _skips(rows: Sequence[Row]) -> str:
    receipts = [row.receipt for row in rows if row.receipt]
    if not receipts:
        return ""
    lines = ["## Proofs", ""]
    lines += [f"- `{each.image.id}`: {format_counts(each.counts)}" for each in receipts]
    lines += [
        f"- skipped {', '.join(names)}: {reason}"
        for reason, names in skips_by_reason(receipts).items()
    ]
    return "\n".join(lines)


def _impossible(skipped: Sequence[Skip]) -> str:
    if not skipped:
        return ""
    rows = [
        (
            skip.family,
            ", ".join(f"{axis}={value}" for axis, value in skip.axes.items()),
            "; ".join(reason.message for reason in skip.reasons),
            "; ".join(_moves(skip)),
        )
        for skip in skipped
    ]
    table = format_markdown_table(("family", "combination", "why not", "nearest that can be"), rows)
    return f"## Combinations that cannot be\n\n{table}"


def _moves(skip: Skip) -> list[str]:
    return [
        ", ".join(f"{move.axis} {move.old} → {move.new}" for move in near.moves)
        for near in skip.nearest
    ]
