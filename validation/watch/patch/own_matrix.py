"""The edits of matrix.yaml that move a family to another base, proven before they are told.

Pure; imports diff, facts, matrix and model only. The axes that the move touches get their new
values, and the edited text is loaded and planned: unless the old base is gone, the new one is
there, no combination became impossible and no other family changed, there are no edits.
"""

from collections.abc import Iterable

from validation.errors import BadInput
from validation.facts.load import Facts
from validation.facts.versions import minor_of
from validation.matrix.document import Listing, Mapping, Node, Scalar, read_document
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix
from validation.matrix.problems import Problems
from validation.matrix.scalars import AUTO
from validation.model import Move, Plan
from validation.watch.nouns import Place, Reference
from validation.watch.patch.diff import Edit, edited


def matrix_edits(
    text: str, reference: Reference, target: str, moves: Iterable[Move], facts: Facts
) -> tuple[Edit, ...]:
    """Return the edits by which the family at a reference's line stands on `target`, or ()."""
    name, line = reference.place.file, reference.place.line
    before = _planned(text, name, facts)
    if before is None or not reference.resolved:
        return ()
    plan, lines = before
    family = next((family for family, at in lines.items() if at == line), "")
    edits = _axis_edits(text, name, family, moves)
    changed = edited(text, edits or ())
    after = _planned(changed, name, facts) if edits and changed else None
    if after is None or not _moved(plan, after[0], family, reference.resolved, target):
        return ()
    return tuple(edits or ())


def _planned(text: str, name: str, facts: Facts) -> tuple[Plan, dict[str, int]] | None:
    """Return the plan of a matrix's text and its families' lines, None where it is wrong."""
    try:
        matrix = load_matrix(text, name)
        plan = plan_matrix(matrix, facts)
    except BadInput:
        return None
    return plan, {family.name: family.line for family in matrix.families}


def _moved(before: Plan, after: Plan, family: str, old: str, new: str) -> bool:
    bases = {image.base for image in after.images if image.family == family}
    others = [
        [image for image in plan.images if image.family != family] for plan in (before, after)
    ]
    return (
        new in bases
        and old not in bases
        and len(after.skipped) <= len(before.skipped)
        and others[0] == others[1]
    )


def _axis_edits(text: str, name: str, family: str, moves: Iterable[Move]) -> list[Edit] | None:
    """Return the edits of a family's axes, None where a declared axis does not say the old value.

    An axis that is not declared, or is `auto`, moves by itself.
    """
    root = read_document(text, Problems(name))
    section = _child(_child(root, "images"), family)
    edits = []
    for move in moves:
        values = _scalars(_child(section, move.axis))
        old, new = _value(move.axis, move.old), _value(move.axis, move.new)
        found = next((each for each in values if each.text == old), None)
        if found is not None:
            edits.append(_edit(name, found, new))
        elif any(each.text != AUTO for each in values):
            return None
    return edits


def _edit(name: str, found: Scalar, new: str) -> Edit:
    column = found.place.column + (not found.plain)
    place = Place(file=name, line=found.place.line)
    return Edit(place=place, column=column, old=found.text, new=new)


def _value(axis: str, told: str) -> str:
    """Return what the matrix calls a move's side: CUDA by major.minor, torch without a variant."""
    if axis == "cuda":
        return minor_of(told)
    return told.partition("+")[0]


def _child(node: Node | None, key: str) -> Node | None:
    return node.values.get(key) if isinstance(node, Mapping) else None


def _scalars(node: Node | None) -> list[Scalar]:
    items = node.items if isinstance(node, Listing) else (node,)
    return [each for each in items if isinstance(each, Scalar)]
