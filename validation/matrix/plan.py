"""A matrix and the facts → its plan: every image that can be, and why others cannot.

Pure; imports expand, resolve, select and the records.
"""

from msgspec.structs import replace

from validation.errors import BadInput
from validation.facts.load import Facts
from validation.matrix.blocks import Blocks
from validation.matrix.expand import HINT, excluded_by, expand
from validation.matrix.ids import id_of
from validation.matrix.problems import Place, Problems
from validation.matrix.resolve import resolve, resolve_all, resolver_of
from validation.matrix.select import select_plan
from validation.model import Candidate, Image, Matrix, Plan, Skip


def plan_matrix(matrix: Matrix, facts: Facts) -> Plan:
    """Return the plan of a matrix, in the file's order.

    Raises `BadInput` with every located problem that `expand` finds, for an exclude that rules
    out only what cannot exist anyway, and for a default selector that names nothing.
    """
    images: list[Image] = []
    skipped: list[Skip] = []
    candidates = expand(matrix)
    for candidate, answer in zip(candidates, resolve_all(candidates, facts), strict=True):
        if isinstance(answer, Image):
            images.append(answer)
        else:
            skipped.append(_named(answer, candidate))
    plan = Plan(images=tuple(images), skipped=tuple(skipped))
    problems = Problems(matrix.name)
    _check_needless(matrix, facts, problems)
    _check_default(matrix, plan, problems)
    problems.raise_any(HINT)
    return plan


def with_nearest(part: Plan, whole: Plan, matrix: Matrix, facts: Facts, most: int) -> Plan:
    """Return a part of a plan whose first `most` skips name their nearest possible images.

    Each costs a search among many images, which is why `plan_matrix` leaves it out.
    """
    from validation.matrix.nearest import nearest  # noqa: PLC0415  (a plan without skips is common)

    blocks = Blocks(matrix.families)
    resolver = resolver_of(facts)
    served = {image.onnxruntime for image in whole.images if image.workload == "inference"}
    serving = tuple(sorted(name for name in served if name))

    def searched(skip: Skip) -> Skip:
        family = blocks.of(skip)
        if family is None:
            return skip
        candidate = Candidate(family=family, axes=skip.axes)
        return replace(skip, nearest=nearest(resolver, candidate, serving))

    found = tuple(map(searched, part.skipped[:most]))
    return replace(part, skipped=found + part.skipped[most:])


def _named(skip: Skip, candidate: Candidate) -> Skip:
    """Return a skip that knows what selectors may ask it: its id, base and workload."""
    family = candidate.family
    return replace(
        skip,
        id=id_of(family.name, candidate.axes),
        source=family.base,
        template=family.template,
        workload=family.workload,
    )


def _check_needless(matrix: Matrix, facts: Facts, problems: Problems) -> None:
    """Add every exclude all of whose combinations are impossible anyway.

    What the facts leave unknown is not impossible: excluding it is a person's right.
    """
    first_skip: dict[int, Skip] = {}
    needed: set[int] = set()
    for index, candidate in excluded_by(matrix):
        if index in needed:
            continue
        answer = resolve(candidate, facts)
        if isinstance(answer, Skip) and not answer.unknown:
            first_skip.setdefault(index, _named(answer, candidate))
        else:
            needed.add(index)
    for index, skip in first_skip.items():
        if index not in needed:
            entry = matrix.excludes[index]
            place = Place(line=entry.line, column=entry.column)
            why = skip.reasons[0].message if skip.reasons else ""
            message = f"exclude rules out only what cannot exist anyway ({skip.id}: {why})"
            problems.add(place, f"{message}: remove it")


def _check_default(matrix: Matrix, plan: Plan, problems: Problems) -> None:
    for selector, (line, column) in zip(matrix.default, matrix.default_places, strict=False):
        try:
            select_plan(plan, [selector])
        except BadInput as error:
            message = "; ".join(error.details) or error.what
            problems.add(Place(line=line, column=column), f"default: {message}")
