"""Excludes against families: which axis values each entry rules out, dead and overlapping entries.

Pure; imports terms, ids, problems. No combination is made here. In one family an exclude rules
out a *box*: for every axis a subset of its values, since its terms ask about one axis each. Boxes
tell all there is to know: an empty side means that nothing is ruled out, a box inside another that
the smaller entry is needless. `expand` uses the same boxes as bits.
"""

from collections.abc import Iterator, Sequence

from validation.matrix.blocks import Key, key_of
from validation.matrix.ids import variant_of
from validation.matrix.problems import Place, Problems, listed
from validation.matrix.terms import NONE, Term, Test, compile_term, parse_value
from validation.model import Exclude, Family, Record


class Box(Record, frozen=True, kw_only=True):
    """What an exclude rules out in a family: for each of its axes the values that it names."""

    sides: dict[str, frozenset[str]]

    def __le__(self, other: "Box") -> bool:
        """Return True when this box lies wholly inside the other."""
        return all(self.sides[axis] <= other.sides[axis] for axis in self.sides)


class Rule(Record, frozen=True, kw_only=True):
    """An exclude, compiled: for each of its axes the terms of which one must hold."""

    exclude: Exclude
    tests: dict[str, tuple[tuple[Term, Test], ...]]

    def box(self, family: Family) -> Box | None:
        """Return what this rules out in a family, or None when that is nothing."""
        sides = {axis: frozenset(values) for axis, values in family.axes.items()}
        for axis in self.tests:
            side, values = self._side(axis, family)
            if side is None:
                if not values:
                    return None
            else:
                sides[side] &= values
                if not sides[side]:
                    return None
        return Box(sides=sides)

    def _side(self, axis: str, family: Family) -> tuple[str | None, frozenset[str]]:
        """Return the family's axis that a term narrows, and to what; None: all or nothing."""
        if axis == "variant" and {"cuda", "torch"} <= family.axes.keys():
            cudas = family.axes["cuda"]
            return "cuda", frozenset(cuda for cuda in cudas if self._holds(axis, variant_of(cuda)))
        if axis in family.axes:
            return axis, frozenset(v for v in family.axes[axis] if self._holds(axis, v))
        value = _whole(family, axis)
        return None, frozenset([value or NONE] if self._holds(axis, value) else [])

    def _holds(self, axis: str, value: str | None) -> bool:
        if value is None:
            return any(term.wants_absence for term, _ in self.tests[axis])
        return any(test(value) for _, test in self.tests[axis])


def _whole(family: Family, axis: str) -> str | None:
    """Return what all of a family's combinations have for a term that is none of its axes."""
    if axis == "variant":
        return "cpu" if "torch" in family.axes else None
    attribute = {"family": "name"}.get(axis, axis)
    found: str | None = getattr(family, attribute) if axis in _SHARED else None
    return found


_SHARED = ("family", "base", "workload", "template")


def compile_excludes(excludes: Sequence[Exclude]) -> tuple[Rule, ...]:
    """Return the excludes ready to be asked; their values were checked when they were loaded."""
    return tuple(_rule(exclude) for exclude in excludes)


def _rule(exclude: Exclude) -> Rule:
    tests = {}
    for axis, texts in exclude.where.items():
        terms = [parse_value(axis, text) for text in texts]
        tests[axis] = tuple((term, compile_term(term)) for term in terms)
    return Rule(exclude=exclude, tests=tests)


def boxes_of(rules: Sequence[Rule], families: Sequence[Family]) -> tuple[dict[Key, Box], ...]:
    """Return for each rule the families in which it rules something out, with the box."""
    return tuple(
        {key_of(family): box for family in families if (box := rule.box(family)) is not None}
        for rule in rules
    )


def check_excludes(
    rules: Sequence[Rule],
    boxes: Sequence[dict[Key, Box]],
    families: Sequence[Family],
    problems: Problems,
) -> None:
    """Add every exclude that rules out nothing, and every one that lies wholly inside another."""
    for rule, found in zip(rules, boxes, strict=True):
        if not found:
            problems.add(_place(rule), f"exclude rules out nothing: {_why_dead(rule, families)}")
    for small, large in _nested(boxes):
        line = rules[large].exclude.line
        message = f"exclude lies wholly inside the one in line {line}: remove one of them"
        problems.add(_place(rules[small]), message)


def _nested(boxes: Sequence[dict[Key, Box]]) -> Iterator[tuple[int, int]]:
    """Yield (inner, outer) for each rule that another one covers; equal ones count once."""
    for small, inner in enumerate(boxes):
        for large, outer in enumerate(boxes):
            covered = inner and large != small and inner.keys() <= outer.keys()
            if covered and all(box <= outer[name] for name, box in inner.items()):
                equal = outer.keys() <= inner.keys() and all(
                    box <= inner[name] for name, box in outer.items()
                )
                if not equal or small > large:
                    yield small, large
                    break


def _why_dead(rule: Rule, families: Sequence[Family]) -> str:
    """Return which term holds nowhere and what is there instead, or that terms never meet."""
    for axis, texts in rule.exclude.where.items():
        alone = Rule(exclude=rule.exclude, tests={axis: rule.tests[axis]})
        if not any(alone.box(family) for family in families):
            known = _known(axis, families)
            there = f"{axis} has {listed(known)}" if known else f"no family has {axis}"
            return f"no {axis} is {' or '.join(texts)}; {there}"
    return "each of its terms holds somewhere, but never all in one combination"


def _known(axis: str, families: Sequence[Family]) -> list[str]:
    found: dict[str, None] = {}
    for family in families:
        if axis == "variant" and "torch" in family.axes:
            values = tuple(map(variant_of, family.axes.get("cuda", ()))) or ("cpu",)
        else:
            values = family.axes.get(axis) or tuple(filter(None, [_whole(family, axis)]))
        found.update(dict.fromkeys(values))
    return list(found)


def _place(rule: Rule) -> Place:
    return Place(line=rule.exclude.line, column=rule.exclude.column)
