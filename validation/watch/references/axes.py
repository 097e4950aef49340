"""A matrix of values → its combinations: product, exclude, include, as GitHub Actions defines them.

Pure; imports records and tree. Values are located, so that each combination knows the line that
every value stands in. Combinations are counted before they are made.
"""

import itertools
import math
from collections.abc import Mapping as MappingType
from collections.abc import Set

from validation.watch.references.records import Found
from validation.watch.references.tree import Listing, Mapping, Node, Scalar, pairs

MAX_ENTRIES = 256
"""Most include and exclude entries that are read: GitHub's limit of jobs of one matrix."""

Combination = dict[str, Node]
"""One value for each axis; GitHub allows mappings as values."""


def combinations(node: Node | None, found: Found, line: int) -> list[Combination]:
    """Return all combinations of a workflow's `matrix:`; one without axes if there is none.

    A key whose value is no list (an expression) is no axis: what asks for it is unresolved.
    """
    if not isinstance(node, Mapping):
        return [{}]
    axes = {
        name: values.items
        for name, values in node.values.items()
        if name not in {"include", "exclude"} and isinstance(values, Listing)
    }
    include, exclude = entries(node.values.get("include")), entries(node.values.get("exclude"))
    return expand_axes(axes, include, exclude, found, line) or [{}]


def expand_axes(
    axes: MappingType[str, tuple[Node, ...]],
    include: list[Combination],
    exclude: list[Combination],
    found: Found,
    line: int,
) -> list[Combination]:
    """Return the product without what is excluded and with what is included."""
    product = multiply(axes, found, line) if axes else []
    if len(include) + len(exclude) > MAX_ENTRIES:
        found.problem(line, f"more than {MAX_ENTRIES} include and exclude entries; not all read")
        include, exclude = include[:MAX_ENTRIES], exclude[:MAX_ENTRIES]
    kept = [one for one in product if not any(_agrees(entry, one) for entry in exclude)]
    original = [dict(one) for one in kept]
    added = []
    for entry in include:
        fits = [at for at, one in enumerate(original) if _fits(entry, one, axes.keys())]
        for at in fits:
            kept[at].update(entry)
        if not fits:
            added.append(entry)
    return kept + added[: found.take(len(added))]


def multiply(
    axes: MappingType[str, tuple[Node, ...]], found: Found, line: int
) -> list[Combination]:
    """Return the product of the axes, cut at the bound with a problem noted."""
    total = math.prod(len(values) for values in axes.values())
    most = found.take(total)
    if total > most:
        found.problem(line, f"comes to {total:,} combinations; only the first {most:,} are read")
    made = itertools.islice(itertools.product(*axes.values()), most)
    return [dict(zip(axes, values, strict=True)) for values in made]


def entries(node: Node | None) -> list[Combination]:
    """Return the mappings of an include or exclude list."""
    return [dict(pairs(item)) for item in node.items] if isinstance(node, Listing) else []


def _agrees(entry: Combination, one: Combination) -> bool:
    return bool(entry) and all(name in one and same(one[name], entry[name]) for name in entry)


def _fits(entry: Combination, one: Combination, axes: Set[str]) -> bool:
    shared = axes & entry.keys()
    return all(name in one and same(one[name], entry[name]) for name in shared)


def same(first: Node, second: Node, depth: int = 0) -> bool:
    """Return whether two nodes say the same; what is nested deeper than 8 levels does not."""
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        return first.text == second.text
    if depth > 8:
        return False
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.values.keys() == second.values.keys() and all(
            same(first.values[key], second.values[key], depth + 1) for key in first.values
        )
    if isinstance(first, Listing) and isinstance(second, Listing):
        return len(first.items) == len(second.items) and all(
            same(one, other, depth + 1)
            for one, other in zip(first.items, second.items, strict=True)
        )
    return False
