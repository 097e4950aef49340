"""The report as a job's summary on GitHub: the answer as an alert, the rest folded.

Pure; imports the report's records, words and Markdown parts. A step's summary may be 1 MiB; what
does not fit is left out, and that is said.
"""

from validation.report.matrix import markdown
from validation.report.matrix.records import Report
from validation.report.matrix.words import answer, situation

LIMIT = 1_000_000
"""Bytes of a summary: GitHub refuses a step's above 1 MiB (workflow commands, job summaries)."""


def format_github(report: Report) -> str:
    """Return the summary, ended by a newline, within `LIMIT` bytes."""
    failed = markdown.failures(report.images)
    kind = "WARNING" if report.tally.move or failed else "NOTE"
    head = [
        f"> [!{kind}]\n> **{answer(report)}** {situation(report)}",
        markdown.steps(report),
        f"**Failed proofs**\n\n{failed}" if failed else "",
    ]
    folded = [
        _folded("Images", markdown.declared(report.images)),
        _folded("Proofs", markdown.measured(report.images)),
        _folded("Outdated or incomplete", markdown.unproven(report.images)),
        _folded("Since the last report", markdown.changes(report)),
        _folded("Lifecycle", markdown.calendar(report)),
        _folded("Combinations that cannot be", markdown.skipped(report)),
        _folded("Left out", markdown.left_out(report)),
    ]
    return _within([part for part in (*head, *folded) if part])


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>" if text else ""


def _within(parts: list[str]) -> str:
    """Return as many whole parts as fit."""
    told = "Not all fits into a job's summary: the rest is in the report that the job keeps."
    kept: list[str] = []
    size = len(told.encode()) + 2
    for part in parts:
        size += len(part.encode()) + 2
        if size > LIMIT:
            return "\n\n".join([*kept, told]) + "\n"
        kept.append(part)
    return "\n\n".join(kept) + "\n"
