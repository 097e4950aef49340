"""A scan as workflow commands, which GitHub shows beside the lines. Pure; imports watch only.

Source: GitHub, "Workflow commands for GitHub Actions": what must be escaped, and how.
"""

from validation.watch.nouns import Finding
from validation.watch.result import Result

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def format_github(result: Result) -> str:
    """Return one command for each finding."""
    return "\n".join(_command(each) for each in result.findings)


def _command(finding: Finding) -> str:
    place = f"file={_property(finding.file)},line={max(finding.line, 1)}," if finding.file else ""
    text = finding.message + (f" → {finding.fix}" if finding.fix else "")
    title = _property(f"imagewright {finding.rule}")
    return f"::{_COMMANDS[finding.level]} {place}title={title}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
