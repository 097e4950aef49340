"""A scan as Markdown: a job's summary, and the record of a review. Pure; imports watch and table.

Text from scanned files is shown as code or escaped, so that it makes no markup of its own.
"""

import re

from validation.report.table import format_markdown_table
from validation.watch.bases import Base
from validation.watch.result import Result
from validation.watch.telling import advice, reasons
from validation.watch.verdict import LEVELS

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!|@])")
_ORDER = {"error": 0, "warning": 1, "note": 2}


def format_markdown(result: Result) -> str:
    """Return the result as a page: bases with their verdicts, then all other findings."""
    how = "offline, by the committed facts alone" if result.offline else "with the registries"
    parts = [
        f"# Bases on {result.today}",
        f"Judged {how}. Next review: {result.next_review}.",
        *(f"Registry not reached: {_plain(silent)}." for silent in result.silent),
        _bases(result) or "No base image was found.",
        _why(result),
        _findings(result),
        _suppressed(result),
    ]
    return "\n\n".join(part for part in parts if part)


def _loudness(base: Base) -> int:
    return _ORDER.get(LEVELS.get(base.verdict.headline, ""), 3)


def _bases(result: Result) -> str:
    rows = []
    for base in sorted(result.bases, key=lambda base: (_loudness(base), base.reference)):
        verdict = base.verdict
        left = "" if verdict.days_left is None else f"{verdict.days_left:,}"
        places = sorted({f"{used.place.file}:{used.place.line}" for used in base.used})
        where = ", ".join(_code(place) for place in places[:3])
        where += f" and {len(places) - 3} more" if len(places) > 3 else ""
        end = str(verdict.eol or "")
        rows.append(
            (_code(base.reference), verdict.headline, end, left, where, _plain(advice(base)))
        )
    header = ("base", "verdict", "end", "days left", "where", "what to do")
    return format_markdown_table(header, rows) if rows else ""


def _why(result: Result) -> str:
    parts = []
    seen = set()
    for base in sorted(result.bases, key=lambda base: (_loudness(base), base.reference)):
        if base.verdict.headline in {"current", "unknown"} or base.reference in seen:
            continue
        seen.add(base.reference)
        lines = [f"### {_code(base.reference)}: {base.verdict.headline}", ""]
        lines += [
            f"- {each.signal}: {_plain(each.says)} ({_plain(each.source)}, read {each.as_of})"
            for each in reasons(base.verdict, result.next_review)
        ]
        lines += [f"- conflict: {_plain(text)}" for text in base.verdict.conflicts]
        parts.append("\n".join(lines))
    return "\n\n".join(["## Why", *parts]) if parts else ""


def _findings(result: Result) -> str:
    verdicts = {f"base-{headline}" for headline in LEVELS}
    rows = [
        (each.level, each.rule, _code(f"{each.file}:{each.line}"), _plain(each.message))
        for each in sorted(result.findings, key=lambda each: (_ORDER[each.level], each.rule))
        if each.rule not in verdicts
    ]
    if not rows:
        return ""
    header = ("level", "rule", "where", "what")
    return "## Other findings\n\n" + format_markdown_table(header, rows)


def _suppressed(result: Result) -> str:
    rows = [
        (
            each.finding.rule,
            _code(f"{each.finding.file}:{each.finding.line}"),
            str(each.until),
            _plain(each.because),
        )
        for each in result.suppressed
    ]
    if not rows:
        return ""
    header = ("rule", "where", "until", "because")
    return "## Suppressed\n\n" + format_markdown_table(header, rows)


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"


def _plain(text: str) -> str:
    """Return text as itself; the table escapes pipes, so that they are left to it."""
    return _MARKUP.sub(lambda found: found[1] if found[1] == "|" else f"\\{found[1]}", text)
