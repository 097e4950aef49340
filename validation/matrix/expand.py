"""A matrix → its combinations, excludes applied, in the file's order.

Pure; imports excludes, ids and the records. The cost is linear in the combinations, however many
excludes there are: each walks along as one bit of a number.
"""

from collections.abc import Iterator, Sequence

from validation.matrix.blocks import Key, key_of
from validation.matrix.excludes import Box, boxes_of, check_excludes, compile_excludes
from validation.matrix.ids import id_part
from validation.matrix.problems import Place, Problems
from validation.model import Candidate, Family, Matrix

_Row = tuple[str, dict[str, str], int]
"""A combination: its id, its axes, and the bits of the excludes that rule it out."""

HINT = "imagewright plan shows what a matrix comes to"


def expand(matrix: Matrix) -> tuple[Candidate, ...]:
    """Return the combinations that are wished for and not excluded, families in file order.

    Raises `BadInput` with every located problem: an exclude that rules out nothing or lies inside
    another, a family or a whole matrix with nothing left, two combinations with one id.
    """
    problems = Problems(matrix.name)
    rules = compile_excludes(matrix.excludes)
    boxes = boxes_of(rules, matrix.families)
    check_excludes(rules, boxes, matrix.families, problems)
    candidates: list[Candidate] = []
    owners: dict[str, Family] = {}
    for family in matrix.families:
        kept = 0
        for identity, axes, excluded in _combinations(family, boxes):
            if excluded:
                continue
            kept += 1
            candidates.append(Candidate(family=family, axes=axes))
            owner = owners.setdefault(identity, family)
            if owner is not family:
                message = f"duplicate id {identity!r}: images.{owner.name} makes it too"
                problems.add(_place(family), f"{message} (line {owner.line}); rename one of them")
        if not kept:
            lines = ", ".join(
                str(rule.exclude.line)
                for rule, found in zip(rules, boxes, strict=True)
                if key_of(family) in found
            )
            message = f"every combination of images.{family.name} is excluded (line {lines})"
            problems.add(_place(family), f"{message}: narrow the excludes or remove the family")
    problems.raise_any(HINT)
    return tuple(candidates)


def excluded_by(matrix: Matrix) -> Iterator[tuple[int, Candidate]]:
    """Yield (index of an exclude, a combination that it rules out), for each such pair."""
    boxes = boxes_of(compile_excludes(matrix.excludes), matrix.families)
    for family in matrix.families:
        for _, axes, excluded in _combinations(family, boxes):
            for index in range(excluded.bit_length()):
                if excluded >> index & 1:
                    yield index, Candidate(family=family, axes=axes)


def _combinations(family: Family, boxes: Sequence[dict[Key, Box]]) -> Iterator[_Row]:
    """Return a row for each combination.

    A combination starts with the bits of all excludes that touch the family; each axis value
    keeps those whose box has it. Prefixes are extended axis by axis, so each step is shared.
    """
    touching = sum(1 << index for index, found in enumerate(boxes) if key_of(family) in found)
    rows: Iterator[_Row] = iter([(family.name, {}, touching)])
    for axis, values in family.axes.items():
        steps = [
            (id_part(axis, value), value, _bits(boxes, key_of(family), axis, value))
            for value in values
        ]
        rows = _extended(rows, axis, steps)
    return rows


def _extended(
    rows: Iterator[_Row], axis: str, steps: Sequence[tuple[str, str, int]]
) -> Iterator[_Row]:
    """Yield each row once for each step: what the id gains, the value, the bits that stay."""
    for identity, axes, bits in rows:
        for part, value, mask in steps:
            yield identity + part, {**axes, axis: value}, bits & mask


def _bits(boxes: Sequence[dict[Key, Box]], family: Key, axis: str, value: str) -> int:
    return sum(
        1 << index
        for index, found in enumerate(boxes)
        if family in found and value in found[family].sides[axis]
    )


def _place(family: Family) -> Place:
    return Place(line=family.line, column=family.column)
