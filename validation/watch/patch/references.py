"""From references and what they are to be, to the edits that make them so.

Pure; imports diff and nouns only. Where a reference is written out, its line changes. Where
variables stand in it ("nvidia/cuda:${CUDA}-base"), the lines that give them their values change,
if the new reference can be spelled with them and everything else that takes the value agrees.
Otherwise the reference is written out in its line, if it comes to one image only.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from validation.model import Record
from validation.watch.nouns import Given, Place, Reference
from validation.watch.patch.diff import Edit

_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")

Wishes = Mapping[tuple[Place, str], set[str]]
"""What a variable, by the place of its value and its name, is wanted to be by all who take it."""


class Use(Record, frozen=True, kw_only=True):
    """A reference, and what it is to become; the same where it stays."""

    reference: Reference
    target: str

    @property
    def stays(self) -> bool:
        """True where nothing changes."""
        return self.reference.resolved == self.target


def edits_of(uses: Sequence[Use]) -> list[tuple[Edit, ...]]:
    """Return the edits of each use, () where they cannot be said; all uses are looked at."""
    wishes = _wishes(uses)
    lines = Counter((use.reference.place, use.reference.raw) for use in uses)
    found = []
    for use in uses:
        alone = lines[use.reference.place, use.reference.raw] == 1
        found.append(() if use.stays else _edits(use, wishes, alone=alone))
    return found


def _edits(use: Use, wishes: Wishes, *, alone: bool) -> tuple[Edit, ...]:
    reference = use.reference
    if not reference.place.file:
        return ()
    values = _values(reference.raw, use.target)
    if values:
        edits = _given(values, reference.given, wishes)
        if edits:
            return edits
    written_out = Edit(place=reference.place, old=reference.raw, new=use.target)
    return (written_out,) if alone else ()


def _given(
    values: Mapping[str, str], given: Iterable[Given], wishes: Wishes
) -> tuple[Edit, ...] | None:
    """Return the edits that give variables their new values, None where one cannot have its own."""
    origins = {each.name: each for each in given}
    edits = []
    for name, value in values.items():
        origin = origins.get(name)
        if origin is None or origin.place is None:
            return None
        if wishes.get((origin.place, name)) != {value}:
            return None
        if origin.value != value:
            edits.append(Edit(place=origin.place, old=origin.value, new=value))
    return tuple(edits)


def _wishes(uses: Sequence[Use]) -> Wishes:
    """Return what every variable is wanted to be; what cannot be spelled wants it to stay."""
    found: dict[tuple[Place, str], set[str]] = {}
    for use in uses:
        values = _values(use.reference.raw, use.target) or {}
        for each in use.reference.given:
            if each.place is not None:
                wanted = found.setdefault((each.place, each.name), set())
                wanted.add(values.get(each.name, each.value))
    return found


def _values(raw: str, new: str) -> dict[str, str] | None:
    """Return what each variable of a pattern must be for the whole to be `new`, or None."""
    names, pattern = _pattern(raw)
    found = pattern.fullmatch(new) if names else None
    return dict(zip(names, found.groups(), strict=True)) if found else None


@functools.lru_cache(maxsize=4096)
def _pattern(raw: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """Return a reference's variables, and what it matches: a variable is the same everywhere."""
    pattern, at, names = "", 0, list[str]()
    for match in _VARIABLE.finditer(raw):
        name = match[1] or match[2]
        pattern += re.escape(raw[at : match.start()])
        pattern += f"(?P=v{names.index(name)})" if name in names else f"(?P<v{len(names)}>[^/@]+?)"
        names += [] if name in names else [name]
        at = match.end()
    return tuple(names), re.compile(pattern + re.escape(raw[at:]))
