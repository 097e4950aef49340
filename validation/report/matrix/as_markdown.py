"""The whole report as Markdown. Pure; imports the report's records, words and Markdown parts."""

from validation.report.matrix import markdown
from validation.report.matrix.records import Report
from validation.report.matrix.words import answer, situation


def format_markdown(report: Report) -> str:
    """Return the report as a page, ended by a newline: the answer first, then all tables."""
    parts = (
        f"# {answer(report)}",
        f"{situation(report)} {markdown.plain(report.title)}, as of {report.today}; "
        f"bases judged offline by the facts of {report.facts_as_of}.",
        markdown.steps(report),
        markdown.section("Images", markdown.declared(report.images)),
        markdown.section("Proofs", markdown.measured(report.images)),
        markdown.section("Outdated or incomplete", markdown.unproven(report.images)),
        markdown.section("Failed proofs", markdown.failures(report.images)),
        markdown.section("Since the last report", markdown.changes(report)),
        markdown.section("Lifecycle", markdown.calendar(report)),
        markdown.section("Combinations that cannot be", markdown.skipped(report)),
        markdown.section("Other findings", markdown.findings(report)),
        markdown.section("Left out", markdown.left_out(report)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"
