"""The edits of matrix.yaml that move a family to another base, proven before they are told.

Pure; imports diff, facts, matrix, yaml_nodes and model only. The values that the move touches
change, in the family's own block where it has blocks; then the edited text is loaded and planned.
Unless the old base is gone from it, the new one is there, no combination became impossible and no
other family or block changed, there are no edits.
"""

from collections.abc import Iterable

from validation.errors import BadInput
from validation.facts.load import Facts
from validation.facts.versions import minor_of
from validation.matrix.blocks import Blocks
from validation.matrix.document import read_document
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix
from validation.matrix.problems import Problems
from validation.matrix.scalars import AUTO
from validation.model import Image, Move, Record
from validation.watch.nouns import Place, Reference
from validation.watch.patch.diff import Edit, edited
from validation.yaml_nodes import Listing, Mapping, Node, Scalar


class _Planned(Record, frozen=True, kw_only=True):
    """What a matrix's text comes to: images by the line of their family or block, and skips."""

    images: dict[int, list[Image]]
    names: dict[int, str]
    skipped: int

    def bases(self, line: int) -> set[str | None]:
        """Return what the images of a line stand on."""
        return {image.base for image in self.images.get(line, [])}

    def others(self, line: int) -> list[list[Image]]:
        """Return the images of all other lines."""
        return [images for at, images in sorted(self.images.items()) if at != line]


def matrix_edits(
    text: str, reference: Reference, target: str, moves: Iterable[Move], facts: Facts
) -> tuple[Edit, ...]:
    """Return the edits by which the family at a reference's line stands on `target`, or ()."""
    file, line = reference.place.file, reference.place.line
    before = _planned(text, file, facts)
    if before is None or line not in before.names:
        return ()
    edits = _edits(text, file, before.names[line], line, moves)
    changed = edited(text, edits or ())
    after = _planned(changed, file, facts) if edits and changed else None
    proven = (
        after is not None
        and target in after.bases(line)
        and reference.resolved not in after.bases(line)
        and after.skipped <= before.skipped
        and after.others(line) == before.others(line)
    )
    return tuple(edits or ()) if proven else ()


def _planned(text: str, file: str, facts: Facts) -> _Planned | None:
    """Return what a matrix's text comes to, None where it is wrong."""
    try:
        matrix = load_matrix(text, file)
        plan = plan_matrix(matrix, facts)
    except BadInput:
        return None
    blocks = Blocks(matrix.families)
    images: dict[int, list[Image]] = {}
    for image in plan.images:
        images.setdefault(blocks.line(image), []).append(image)
    names = {family.line: family.name for family in matrix.families}
    return _Planned(images=images, names=names, skipped=len(plan.skipped))


def _edits(text: str, file: str, name: str, line: int, moves: Iterable[Move]) -> list[Edit] | None:
    """Return the edits of a family's axes, None where a declared axis does not say the old value.

    An axis that is not declared, or is `auto`, moves by itself.
    """
    family = _child(_child(read_document(text, Problems(file)), "images"), name)
    each = _child(family, "each")
    blocks = each.items if isinstance(each, Listing) else ()
    block = next((node for node in blocks if node.line == line), None)
    edits = []
    for move in moves:
        for key, old, new in _values(move):
            values = _scalars(_child(block, key) or _child(family, key))
            found = next((value for value in values if value.text == old), None)
            if found is not None:
                edits.append(_edit(file, found, new))
            elif any(value.text != AUTO for value in values):
                return None
    return edits


def _values(move: Move) -> list[tuple[str, str, str]]:
    """Return the matrix's keys that a move touches, each with its old and its new value."""
    if move.axis == "cuda":
        versions = ("patch", move.old, move.new)
        return [("cuda", minor_of(move.old), minor_of(move.new)), versions]
    return [(move.axis, move.old.partition("+")[0], move.new.partition("+")[0])]


def _edit(file: str, found: Scalar, new: str) -> Edit:
    column = found.place.column + (not found.plain)
    return Edit(
        place=Place(file=file, line=found.place.line), column=column, old=found.text, new=new
    )


def _child(node: Node | None, key: str) -> Node | None:
    return node.values.get(key) if isinstance(node, Mapping) else None


def _scalars(node: Node | None) -> list[Scalar]:
    items = node.items if isinstance(node, Listing) else (node,)
    return [each for each in items if isinstance(each, Scalar)]
