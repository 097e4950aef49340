"""A replacement as a patch: the lines that change so that a reference becomes another.

Pure; imports nouns and the standard library only. Where the reference is written out, its line
changes. Where variables stand in it ("nvidia/cuda:${CUDA}-base"), the lines that give them their
values change, as long as the new reference can be spelled with them. Otherwise there is no patch,
and never a guessed one.
"""

import difflib
import re
from collections.abc import Mapping, Sequence

from validation.model import Record
from validation.watch.nouns import Place, Reference

_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")


class Edit(Record, frozen=True, kw_only=True):
    """One text on one line, and what it becomes."""

    place: Place
    old: str
    new: str


def edits_for(reference: Reference, new: str) -> tuple[Edit, ...]:
    """Return the edits that make a reference resolve to `new`, () where that cannot be said."""
    if not reference.place.file or reference.resolved is None or reference.where == "matrix.yaml":
        return ()
    if "$" not in reference.raw:
        return (Edit(place=reference.place, old=reference.raw, new=new),)
    values = _values(reference.raw, new)
    if values is None:
        return ()
    given = {each.name: each for each in reference.given}
    edits = []
    for name, value in values.items():
        origin = given.get(name)
        if origin is None or origin.place is None:
            return ()
        if origin.value != value:
            edits.append(Edit(place=origin.place, old=origin.value, new=value))
    return tuple(edits)


def _values(raw: str, new: str) -> dict[str, str] | None:
    """Return what each variable of a pattern must be for the whole to be `new`, or None."""
    pattern, at, names = "", 0, list[str]()
    for match in _VARIABLE.finditer(raw):
        name = match[1] or match[2]
        pattern += re.escape(raw[at : match.start()])
        pattern += f"(?P=v{names.index(name)})" if name in names else f"(?P<v{len(names)}>[^/@]+?)"
        names += [] if name in names else [name]
        at = match.end()
    found = re.fullmatch(pattern + re.escape(raw[at:]), new)
    return {name: found[f"v{at}"] for at, name in enumerate(names)} if found else None


def unified(edits: Sequence[Edit], texts: Mapping[str, str]) -> str:
    """Return edits as one unified diff, "" where any of them does not fit its line exactly once."""
    changed: dict[str, list[str]] = {}
    for edit in edits:
        file, number = edit.place.file, edit.place.line
        lines = changed.setdefault(file, texts.get(file, "").splitlines(keepends=True))
        if not 0 < number <= len(lines) or lines[number - 1].count(edit.old) != 1:
            return ""
        lines[number - 1] = lines[number - 1].replace(edit.old, edit.new)
    parts: list[str] = []
    for file, lines in sorted(changed.items()):
        before = texts[file].splitlines(keepends=True)
        parts += difflib.unified_diff(before, lines, f"a/{file}", f"b/{file}", n=1)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in parts)
