"""What a .gitignore rules out, without running git: its patterns → rules → yes or no.

Pure; imports model. The grammar is gitignore(5)'s. Patterns are matched component by component,
each by a pattern without nested repetition, so that no hostile pattern can make it wait.
"""

import fnmatch
import re
from collections.abc import Iterable, Sequence

from validation.model import Record

MAX_RULES = 2_000
"""Most rules that are read of one .gitignore."""

MAX_PATTERN = 512
"""Longest pattern that is read; the longest file name is 255 bytes."""


class Rule(Record, frozen=True, kw_only=True):
    """One line of a .gitignore: where it holds, what it matches, and whether it takes back.

    `folder` is the .gitignore's own folder, relative to the root ("" there). `parts` are the
    pattern's components; None stands for `**`.
    """

    folder: str
    parts: tuple[re.Pattern[str] | None, ...]
    negated: bool
    folders_only: bool


def read_rules(text: str, folder: str) -> tuple[Rule, ...]:
    """Return the rules of a .gitignore that stands in `folder`, in the file's order."""
    rules = []
    for line in text.splitlines()[:MAX_RULES]:
        rule = _rule(line, folder)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def ignored(path: str, rules: Sequence[Rule], *, is_folder: bool) -> bool:
    """Return whether the last rule that matches `path` rules it out."""
    for rule in reversed(rules):
        if (is_folder or not rule.folders_only) and _matches(rule, path):
            return not rule.negated
    return False


def _rule(line: str, folder: str) -> Rule | None:
    pattern = line if line.endswith("\\ ") else line.rstrip(" ")
    negated = pattern.startswith("!")
    pattern = pattern[1:] if negated else pattern
    if not pattern or line.startswith("#") or "//" in pattern or len(pattern) > MAX_PATTERN:
        return None
    folders_only = pattern.endswith("/")
    body = pattern.rstrip("/")
    anchored = "/" in body
    names = [name for name in body.split("/") if name]
    if not names:
        return None
    parts = [None if name == "**" else _compiled(name) for name in names]
    if not anchored:
        parts.insert(0, None)
    if parts[-1] is None:
        parts.append(_compiled("*"))  # a last ** stands for what is inside, not for nothing
    return Rule(folder=folder, parts=tuple(parts), negated=negated, folders_only=folders_only)


def _compiled(name: str) -> re.Pattern[str]:
    """Return a component's pattern: fnmatch's, which repeats nothing inside a repetition."""
    unescaped = re.sub(
        r"\\(.)", lambda match: f"[{match[1]}]" if match[1] in "*?[" else match[1], name
    )
    try:
        return re.compile(fnmatch.translate(unescaped))
    except re.error:  # a class that git cannot read either matches nothing
        return re.compile(r"(?!)")


def _matches(rule: Rule, path: str) -> bool:
    if rule.folder:
        if not path.startswith(rule.folder + "/"):
            return False
        path = path[len(rule.folder) + 1 :]
    if len(rule.parts) == 2 and rule.parts[0] is None and rule.parts[1] is not None:
        return rule.parts[1].match(path.rpartition("/")[2]) is not None
    return _fits(rule.parts, path.split("/"))


def _fits(parts: Iterable[re.Pattern[str] | None], names: list[str]) -> bool:
    """Return whether all parts match all names, keeping every count of names matched so far."""
    reached = {0}
    for part in parts:
        if part is None:
            reached = set(range(min(reached), len(names) + 1))
        else:
            reached = {
                at + 1 for at in reached if at < len(names) and part.match(names[at]) is not None
            }
        if not reached:
            return False
    return len(names) in reached
