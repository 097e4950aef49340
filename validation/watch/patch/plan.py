"""Judged bases → the patch of each to its best replacement, and what a patch leaves to a person.

Pure; imports the other files of this folder, bases, installed, ways, facts and model only.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

import msgspec

from validation.facts.load import Facts
from validation.model import Move
from validation.watch.bases import Base, Patch
from validation.watch.installed import installed_of
from validation.watch.nouns import Reference
from validation.watch.patch.diff import Edit, edited, patched, unified
from validation.watch.patch.own_matrix import matrix_edits
from validation.watch.patch.pins import pin_edits
from validation.watch.patch.references import Use, edits_of
from validation.watch.ways import Replacement

Read = Callable[[str], str | None]
"""A file's text by its path, None where it cannot be read."""

Agreed = Mapping[tuple[str, str], set[tuple[str, str]]]
"""By file and axis, the releases from and to which everything in the file moves."""

MATRIX = "matrix.yaml"
"""What `where` says of a reference that the matrix owns."""

RENDERED = "# Rendered by `imagewright render`"
"""How a file begins that the matrix owns (templates/macros.j2): what renders it is to change."""

_IN_THE_REFERENCE = frozenset({"cuda", "base", "flavor", "os"})
"""Axes of a move that the new reference itself says."""


Stays = Callable[[Base, Reference], bool]
"""Whether a person wants a base to stay at one of its places: its finding is suppressed there."""


def with_patches(bases: Sequence[Base], read: Read, facts: Facts, stays: Stays) -> tuple[Base, ...]:
    """Return bases, each with the patch to its best replacement where one can be said."""
    moving = [_moving(base, read, stays) for base in bases]
    pairs = [
        (at, Use(reference=used, target=_target(base) if used in moving[at] else base.reference))
        for at, base in enumerate(bases)
        for used in base.used
        if used.where != MATRIX
    ]
    edits: list[dict[Edit, None]] = [{} for _ in bases]
    for (at, _), found in zip(pairs, edits_of([use for _, use in pairs]), strict=True):
        edits[at].update(dict.fromkeys(found))
    maker = _Maker(read, facts, _agreed(bases, moving))
    told = []
    for base, used, own in zip(bases, moving, edits, strict=True):
        best = base.replacements.best
        patch = maker.patch(base, best, used, tuple(own)) if best and used else None
        told.append(msgspec.structs.replace(base, patch=patch) if patch else base)
    return tuple(told)


def whole_patch(bases: Iterable[Base], read: Read, facts: Facts) -> str:
    """Return all patches as one, every move named above it; "" where there are none."""
    ready = [(base, base.patch) for base in bases if base.patch]
    edits = dict.fromkeys(edit for _, patch in ready for edit in patch.edits)
    owned = [(base, used) for base, patch in ready for used in patch.used if used.where == MATRIX]
    matrices = {used.place.file for _, used in owned}
    texts = {edit.place.file: read(edit.place.file) or "" for edit in edits}
    changed = patched((edit for edit in edits if edit.place.file not in matrices), texts)
    for base, used in owned:
        # One family after the other: each is proven on what the ones before it left.
        file = used.place.file
        text = changed.get(file, texts.get(file, ""))
        changed[file] = edited(text, _matrix_edits(text, used, base, facts)[0]) or text
    diff = unified(texts, {file: text for file, text in changed.items() if file in texts})
    return "".join(_told(*each) for each in ready) + diff if diff else ""


def _moving(base: Base, read: Read, stays: Stays) -> tuple[Reference, ...]:
    """Return the places at which a base is to move: not where it is wanted, nor in what we render.

    What is rendered changes with the matrix.
    """
    if base.replacements.best is None:
        return ()
    return tuple(
        used
        for used in base.used
        if not stays(base, used) and not (read(used.place.file) or "").startswith(RENDERED)
    )


def _target(base: Base) -> str:
    best = base.replacements.best
    return best.reference if best else base.reference


def _matrix_edits(
    text: str, used: Reference, base: Base, facts: Facts
) -> tuple[tuple[Edit, ...], Replacement | None]:
    """Return the edits of the matrix to the best replacement that it can say, and that one."""
    for way in base.replacements.ranked:
        edits = matrix_edits(text, used, way.reference, way.moves, facts)
        if edits:
            return edits, way
    return (), None


def _files(used: Reference) -> tuple[str, ...]:
    return (used.place.file, *used.requirement_files)


def _package_moves(best: Replacement | None) -> dict[str, Move]:
    moves = best.moves if best else ()
    return {move.axis: move for move in moves if move.axis not in _IN_THE_REFERENCE}


def _agreed(bases: Sequence[Base], moving: Sequence[tuple[Reference, ...]]) -> Agreed:
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for base, places in zip(bases, moving, strict=True):
        moves = _package_moves(base.replacements.best)
        for used in base.used:
            installed = installed_of(used.installs)
            axes = [*(axis for axis, _ in installed.pins), *(["torch"] * installed.has_torch)]
            for axis in axes:
                move = moves.get(axis) if used in places else None
                for file in _files(used):
                    known = found.setdefault((file, axis), set())
                    known.add((move.old, move.new) if move else ("", ""))
    return found


class _Maker:
    """Makes patches: what they are made from is the same for all bases of a scan."""

    def __init__(self, read: Read, facts: Facts, agreed: Agreed) -> None:
        self._read = read
        self._facts = facts
        self._agreed = agreed

    def patch(
        self, base: Base, best: Replacement, places: tuple[Reference, ...], own: tuple[Edit, ...]
    ) -> Patch | None:
        """Return a base's patch: `own` edits of its references, pins, the matrix where it owns."""
        edits = list(own)
        ways = [best] if own else []
        left: list[str] = []
        for used in places:
            if used.where == MATRIX:
                text = self._read(used.place.file) or ""
                found, way = _matrix_edits(text, used, base, self._facts)
                edits += found
                ways += [way] if way else []
            elif own:
                pins = self._pins(used, best)
                edits += [edit for found in pins.values() for edit in found]
                left += _left(best, pins)
        texts = {edit.place.file: self._read(edit.place.file) or "" for edit in edits}
        changed = patched(edits, texts)
        text = unified(texts, changed)
        if not text:
            return None
        return Patch(
            text=text,
            edits=tuple(dict.fromkeys(edit for edit in edits if edit.place.file in changed)),
            used=places,
            ways=tuple(dict.fromkeys(ways)),
            left=tuple(dict.fromkeys(left)),
        )

    def _pins(self, used: Reference, best: Replacement) -> dict[str, list[Edit]]:
        """Return the edits of the pins that a use installs, by axis, where its file agrees."""
        found: dict[str, list[Edit]] = {}
        for file in _files(used):
            for axis, move in _package_moves(best).items():
                if self._agreed.get((file, axis)) == {(move.old, move.new)}:
                    edits = pin_edits(file, self._read(file) or "", move, best.index)
                    found.setdefault(axis, []).extend(edits)
        return {axis: edits for axis, edits in found.items() if edits}


def _left(best: Replacement, made: Container[str]) -> list[str]:
    moves = _package_moves(best).values()
    left = [f"{move.axis} {move.old} → {move.new}" for move in moves if move.axis not in made]
    return left + ([f"driver {best.driver} on the hosts"] if best.driver else [])


def _told(base: Base, patch: Patch) -> str:
    """Return what a patch does and leaves, as lines that `git apply` passes over."""
    lines = []
    for way in patch.ways:
        lines.append(f"{base.reference} → {way.reference} ({way.verdict.headline})")
        lines += [way.pair] if way.pair else []
    lines += [f"left to you: {', '.join(patch.left)}"] if patch.left else []
    return "".join(f"# {line}\n" for line in lines)
