"""Which values of matrix.yaml end up in no image: a wish that nothing fulfils is easy to miss.

Pure; imports blocks and the records. A value is lost when every combination with it is excluded
or cannot be.
"""

from validation.matrix.blocks import Blocks, Key, key_of
from validation.model import Family, Image, Matrix, Plan, Record


class Lost(Record, frozen=True, kw_only=True):
    """A value that a family declares and that none of its images has."""

    family: str
    axis: str
    value: str


def lost_values(matrix: Matrix, plan: Plan) -> tuple[Lost, ...]:
    """Return every declared value that is in no image of its family, in the file's order.

    A family without any image is told as one: the value of the axis "family".
    """
    blocks = Blocks(matrix.families)
    by_family: dict[Key, list[Image]] = {}
    for image in plan.images:
        family = blocks.of(image)
        if family is not None:
            by_family.setdefault(key_of(family), []).append(image)
    lost: list[Lost] = []
    for family in matrix.families:
        images = by_family.get(key_of(family))
        if images is None:
            lost.append(Lost(family=family.name, axis="family", value=family.name))
        else:
            lost += _lost_of(family, images)
    return tuple(lost)


def _lost_of(family: Family, images: list[Image]) -> list[Lost]:
    return [
        Lost(family=family.name, axis=axis, value=value)
        for axis, values in family.axes.items()
        for value in values
        # whatever the resolver chose fulfils "auto"
        if value != "auto" and not any(getattr(image, axis) == value for image in images)
    ]
