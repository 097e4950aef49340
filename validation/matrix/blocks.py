"""Which family of a matrix an image or a skipped combination is of: one name may have several.

Pure; imports ids and the records. An entry of matrix.yaml with `each` is one family a block.
"""

from collections.abc import Iterable
from itertools import product

from validation.matrix.ids import id_of
from validation.matrix.scalars import AUTO
from validation.model import Family, Image, Skip

Key = tuple[str, int, int]
"""What tells families apart: the name, and the line and column of the entry or block."""


def key_of(family: Family) -> Key:
    """Return what tells a family from every other, blocks of its own name included."""
    return (family.name, family.line, family.column)


class Blocks:
    """The families of a matrix, found again from what became of their combinations."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._named: dict[str, list[Family]] = {}
        for family in families:
            self._named.setdefault(family.name, []).append(family)

    def of(self, thing: Image | Skip) -> Family | None:
        """Return the family that made an image or a skip; None for one of another matrix."""
        named = self._named.get(thing.family, [])
        if len(named) <= 1:
            return named[0] if named else None
        return next((family for family in named if _makes(family, thing)), None)

    def line(self, thing: Image | Skip) -> int:
        """Return the line of matrix.yaml that a thing comes from; 1 where that is not known."""
        family = self.of(thing)
        return family.line if family is not None else 1


def _makes(family: Family, thing: Image | Skip) -> bool:
    if isinstance(thing, Skip):
        return thing.axes.keys() == family.axes.keys() and all(
            thing.axes[axis] in values for axis, values in family.axes.items()
        )
    written = [
        [value for value in (getattr(thing, axis), AUTO) if value in values]
        for axis, values in family.axes.items()
    ]
    return any(
        id_of(family.name, dict(zip(family.axes, values, strict=True))) == thing.id
        for values in product(*written)
    )
