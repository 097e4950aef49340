"""The report's parts as Markdown, shared by the page, the job's summary and the full text.

Pure; imports the report's records and words, and report.table. Text that receipts or the matrix
bring along is shown as code or escaped, so that it makes no markup of its own.
"""

import re
from collections.abc import Sequence

from validation.report.matrix.records import Lane, Report, Row, Step
from validation.report.matrix.words import (
    deadline,
    error,
    gpus,
    last_proven,
    left,
    loss,
    megabytes,
    seconds,
    since,
)
from validation.report.table import format_markdown_table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!@])")

DECLARED = ("image", "base", "verdict", "ends", "days left", "CUDA", "cuDNN", "torch",
            "torchvision", "CuPy", "ONNX Runtime", "Python", "OS", "drivers", "GPUs")  # fmt: skip
MEASURED = ("image", "base digest", "size", "build", "state", "passed", "failed", "skipped", "loss",
            "ONNX error", "last proven")  # fmt: skip


def code(text: str) -> str:
    """Return text as inline code."""
    return "`" + text.replace("`", "'").replace("\n", " ") + "`" if text else ""


def plain(text: str) -> str:
    """Return text that is only itself."""
    return _MARKUP.sub(r"\\\1", text).replace("\n", " ")


def section(title: str, text: str) -> str:
    """Return a section, "" where there is nothing to tell."""
    return f"## {title}\n\n{text}" if text else ""


def steps(report: Report) -> str:
    """Return a table of what to do, most pressing first."""
    rows = [cells for step in report.steps for cells in _step(step, report)]
    header = ("when", "base", "why", "what to do", "images")
    return format_markdown_table(header, rows) if rows else ""


def _step(step: Step, report: Report) -> list[tuple[str, ...]]:
    when = deadline(step.standing, report.today)
    why = plain(when.text)
    if step.standing.accepted_because:
        because, until = step.standing.accepted_because, step.standing.accepted_until
        why += f"; accepted until {until}: {plain(because)}"
    return [
        (
            f"**{when.short}**",
            code(step.base),
            why,
            plain(way.way_out.advice if way.way_out else way.instead),
            ", ".join(code(image) for image in way.images),
        )
        for way in step.ways
    ]


def declared(rows: Sequence[Row]) -> str:
    """Return a table of what matrix, locks and facts say of the images."""
    return format_markdown_table(DECLARED, [_declared(row) for row in rows]) if rows else ""


def _declared(row: Row) -> tuple[str, ...]:
    standing = row.standing
    return (
        code(row.id),
        code(row.base or "") or "an imported root file system",
        standing.headline if standing else "",
        str(standing.eol or "") if standing else "",
        left(standing),
        row.cuda or "",
        row.cudnn or "",
        row.torch or "",
        row.torchvision or "",
        row.cupy or "",
        row.onnxruntime or "",
        row.python,
        row.os,
        plain(row.drivers),
        gpus(row),
    )


def measured(rows: Sequence[Row]) -> str:
    """Return a table of what was built, measured and proven."""
    return format_markdown_table(MEASURED, [_measured(row) for row in rows]) if rows else ""


def _measured(row: Row) -> tuple[str, ...]:
    digest = row.base_digest.removeprefix("sha256:")[:12]
    how = f" ({row.base_how})" if digest and row.base_how != "registry" else ""
    return (
        code(row.id),
        code(digest) + plain(how),
        megabytes(row.size),
        seconds(row.build_seconds),
        row.state,
        *(
            "" if number is None else str(number)
            for number in (row.passed, row.failed, row.skipped)
        ),
        loss(row),
        error(row.onnx_error),
        last_proven(row),
    )


def unproven(rows: Sequence[Row]) -> str:
    """Return a list of the images whose newest receipt does not count as a proof, and why."""
    return "\n".join(f"- {code(row.id)}: {row.state}: {plain(row.why)}" for row in rows if row.why)


def failures(rows: Sequence[Row]) -> str:
    """Return a list of the proofs that failed."""
    return "\n".join(f"- {code(row.id)}: {plain(text)}" for row in rows for text in row.failures)


def skipped(report: Report) -> str:
    """Return a table of the combinations that are not built, and why."""
    rows = [
        (
            code(skip.id),
            "unknown" if skip.unknown else "cannot be",
            plain("; ".join(reason.message for reason in skip.reasons)),
            plain("; ".join(dict.fromkeys(reason.source for reason in skip.reasons))),
            plain("; ".join(skip.nearest)),
        )
        for skip in report.skipped
    ]
    header = ("combination", "verdict", "why", "source", "nearest that can be")
    return format_markdown_table(header, rows) if rows else ""


def calendar(report: Report) -> str:
    """Return the lifecycle as a table, the reviews above it."""
    reviews = ", ".join(str(day) for day in report.calendar.reviews)
    majors = ", ".join(str(day) for day in report.calendar.majors)
    told = f"Next reviews: {reviews}. Majors too: {majors}."
    header = ("what", "released", "support ends", "long-term", "deletion", "images", "note")
    rows = [_lane(lane) for lane in report.calendar.lanes]
    return f"{told}\n\n{format_markdown_table(header, rows)}" if rows else ""


def _lane(lane: Lane) -> tuple[str, ...]:
    dates = (lane.released, lane.end, lane.lts, lane.deletion)
    told = ("" if day is None else day.isoformat() for day in dates)
    return (code(lane.name), *told, str(lane.images), plain(lane.note))


def findings(report: Report) -> str:
    """Return a list of what else a scan of the matrix finds."""
    lines = {
        f"- {each.level}: {plain(each.message)} ({each.rule})": None for each in report.findings
    }
    return "\n".join(lines)


def changes(report: Report) -> str:
    """Return what changed since the last report, "" where nothing is known of one."""
    found = report.differences
    if found is None:
        return ""
    rows = [(code(each.image), each.what, plain(each.old), plain(each.new)) for each in found.items]
    table = format_markdown_table(("image", "what", "was", "is"), rows) if rows else ""
    return f"{since(found)}.\n\n{table}".rstrip()


def left_out(report: Report) -> str:
    """Return a list of inputs that could not be read."""
    return "\n".join(f"- {plain(line)}" for line in report.left_out)
