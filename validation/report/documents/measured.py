"""Tables of measurements, each with the command that makes it. Pure; imports given and tables."""

from validation.report.documents.given import Given
from validation.report.table import format_markdown_table


def figures(given: Given, topic: str) -> str:
    """Return the committed measurements of one topic, in the order in which they are kept."""
    rows = [
        (each.what, each.value, f"`{each.command}`", each.machine, each.date)
        for each in given.figures
        if each.topic == topic
    ]
    return format_markdown_table(("what", "measured", "command", "machine", "date"), rows)
