"""docs/matrix.md: what matrix, locks and facts say, and nothing that one machine alone knows.

Pure; imports the report's records, words and Markdown parts. Its day is that of the facts, so
that the page stays true until the facts are read again.
"""

from validation.report.matrix import markdown
from validation.report.matrix.records import Report
from validation.report.matrix.words import answer

CALENDAR = "images/calendar.svg"
"""The calendar's picture, beside the page."""


def format_page(report: Report) -> str:
    """Return the committed page, ended by a newline."""
    parts = (
        "# The matrix",
        "Written by `imagewright report --page` from `matrix.yaml`, the locks and the committed "
        f"facts, as of {report.facts_as_of}; not edited by hand. What was built and proven on one "
        "machine is in its own report: `imagewright report`.",
        f"**{answer(report)}**",
        markdown.steps(report),
        markdown.section("Images", markdown.declared(report.images)),
        markdown.section("Combinations that cannot be", markdown.skipped(report)),
        markdown.section(
            "Lifecycle", f"![The lifecycle calendar]({CALENDAR})\n\n{markdown.calendar(report)}"
        ),
    )
    return "\n\n".join(part for part in parts if part) + "\n"
