"""Edits of single lines, and the unified diff that they come to.

Pure; imports nouns and model only. Lines end where git ends them: at a line feed and nowhere else.
"""

import re
from collections.abc import Iterable, Mapping

from validation.model import Record
from validation.watch.nouns import Place

CONTEXT = 3
"""Unchanged lines around a change, as git itself writes them."""

_QUOTED = re.compile(r'[\x00-\x1f"\\\x7f]')


class Edit(Record, frozen=True, kw_only=True):
    """A text in a line, and what it becomes.

    `column` counts from 1; 0 means the one place in the line where `old` stands.
    """

    place: Place
    column: int = 0
    old: str
    new: str


def edited(text: str, edits: Iterable[Edit]) -> str | None:
    """Return a file's text with all edits made, None where any of them does not fit its line."""
    lines = text.split("\n")
    # From the right to the left, so that columns stay what they were; the rest last.
    for edit in sorted(dict.fromkeys(edits), key=lambda each: -each.column):
        at = edit.place.line - 1
        if not 0 <= at < len(lines):
            return None
        line = lines[at]
        start = edit.column - 1 if edit.column else line.find(edit.old)
        fits = start >= 0 and line.startswith(edit.old, start)
        if not fits or (not edit.column and line.count(edit.old) != 1):
            return None
        lines[at] = line[:start] + edit.new + line[start + len(edit.old) :]
    return "\n".join(lines)


def patched(edits: Iterable[Edit], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the changed texts by file; a file that any of its edits does not fit is left out."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.place.file, []).append(edit)
    found = {file: edited(texts.get(file, ""), own) for file, own in by_file.items()}
    return {file: text for file, text in found.items() if text is not None}


def unified(texts: Mapping[str, str], changed: Mapping[str, str]) -> str:
    """Return the diff from `texts` to `changed`, which differ within lines only."""
    return "".join(_file(file, texts[file], changed[file]) for file in sorted(changed))


def _file(file: str, before: str, after: str) -> str:
    old, new = before.split("\n"), after.split("\n")
    lines = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    total = len(old) if old[-1] else len(old) - 1
    parts = [f"--- {_name(f'a/{file}')}\n+++ {_name(f'b/{file}')}\n"]
    while lines:
        first = last = lines.pop(0)
        while lines and lines[0] - last <= 2 * CONTEXT:
            last = lines.pop(0)
        start, end = max(first - CONTEXT, 0), min(last + CONTEXT + 1, total)
        parts.append(f"@@ -{start + 1},{end - start} +{start + 1},{end - start} @@\n")
        parts += _hunk(old[start:end], new[start:end], open_end=end == len(old))
    diff = "".join(parts)
    # Bytes that are not UTF-8 were read as U+FFFD: what is shown is not what the file has.
    return "" if len(parts) == 1 or "\ufffd" in diff else diff


def _hunk(old: list[str], new: list[str], *, open_end: bool) -> list[str]:
    """Return a hunk's lines; `open_end` says that its last line lacks the line feed."""
    ends = ["\n"] * len(old)
    if open_end:
        ends[-1] = "\n\\ No newline at end of file\n"
    return [
        f" {one}{end}" if one == other else f"-{one}{end}+{other}{end}"
        for one, other, end in zip(old, new, ends, strict=True)
    ]


def _name(path: str) -> str:
    """Return a path as git reads it: quoted where it holds what ends a line or a name."""
    if not _QUOTED.search(path):
        return f"{path}\t" if " " in path else path
    quoted = "".join(
        f"\\{mark}" if mark in '"\\' else f"\\{ord(mark):03o}" if _QUOTED.match(mark) else mark
        for mark in path
    )
    return f'"{quoted}"'
