"""Which values of matrix.yaml end up in no image: a wish that nothing fulfils is easy to miss.

Pure; imports the records. A value is lost when every combination with it is excluded or cannot be.
"""

from validation.model import Family, Image, Matrix, Plan, Record


class Lost(Record, frozen=True, kw_only=True):
    """A value that a family declares and that none of its images has."""

    family: str
    axis: str
    value: str


def lost_values(matrix: Matrix, plan: Plan) -> tuple[Lost, ...]:
    """Return every declared value that is in no image of its family, in the file's order."""
    by_family: dict[str, list[Image]] = {}
    for image in plan.images:
        by_family.setdefault(image.family, []).append(image)
    return tuple(
        Lost(family=family.name, axis=axis, value=value)
        for family in matrix.families
        for axis, value in _declared(family)
        if not any(_has(image, axis, value) for image in by_family.get(family.name, ()))
    )


def _declared(family: Family) -> list[tuple[str, str]]:
    return [(axis, value) for axis, values in family.axes.items() for value in values]


def _has(image: Image, axis: str, value: str) -> bool:
    if value == "auto":  # whatever the resolver chose fulfils it
        return True
    found = getattr(image, axis)
    return bool(found == value)
