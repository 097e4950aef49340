"""Selectors → the images of a plan that they name, in the plan's order and each once.

Pure; imports terms, problems and the records. What names nothing is an error that says what is
there instead, or why it cannot be.
"""

from collections.abc import Callable, Sequence

from validation.errors import BadInput
from validation.matrix.ids import id_of, variant_of
from validation.matrix.problems import listed, nearest, quoted
from validation.matrix.terms import BadTerm, Term, compile_term, parse_selector
from validation.model import Image, Plan, Skip

HINT = "imagewright plan shows every image; terms: 'family=cpu torch>=2.13', ids and globs too"

Holds = Callable[[Image | Skip], bool]


def select(plan: Plan, selectors: Sequence[str], default: Sequence[str] = ()) -> tuple[Image, ...]:
    """Return the images that any of the selectors names; `default` is used when there are none.

    With neither, every image. Raises `BadInput` for each selector that cannot be read, and for
    each that names no image, with the nearest ids or values.
    """
    chosen = select_plan(plan, selectors, default)
    lines = []
    for selector in selectors or default:
        terms = parse_selector(selector)
        if not any(map(_all(terms), chosen.images)):
            lines.append(f"{quoted(selector)}: {_why_nothing(terms, plan)}")
    if lines:
        raise BadInput("a selector names no image", hint=HINT, details=tuple(lines))
    return chosen.images


def select_plan(plan: Plan, selectors: Sequence[str], default: Sequence[str] = ()) -> Plan:
    """Return the part of a plan that the selectors name, the combinations that cannot be included.

    Raises `BadInput` for a selector that cannot be read, or that names nothing of either.
    """
    wanted = selectors or default
    if not wanted:
        return plan
    tests = [_all(_parse(selector)) for selector in wanted]
    images = tuple(image for image in plan.images if any(test(image) for test in tests))
    skipped = tuple(skip for skip in plan.skipped if any(test(skip) for test in tests))
    lines = tuple(
        f"{quoted(selector)}: {_why_nothing(parse_selector(selector), plan)}"
        for selector, test in zip(wanted, tests, strict=True)
        if not any(map(test, images)) and not any(map(test, skipped))
    )
    if lines:
        raise BadInput("a selector names nothing", hint=HINT, details=lines)
    return Plan(images=images, skipped=skipped)


def _parse(selector: str) -> tuple[Term, ...]:
    try:
        return parse_selector(selector)
    except BadTerm as error:
        raise BadInput(f"selector {quoted(selector)}: {error}", hint=HINT) from None


def _all(terms: Sequence[Term]) -> Holds:
    tests = [_holds(term) for term in terms]
    return lambda thing: all(test(thing) for test in tests)


def _holds(term: Term) -> Holds:
    """Return whether a term holds for an image, or for a combination that cannot be."""
    test, absence, axis = compile_term(term), term.wants_absence, term.axis

    def holds(thing: Image | Skip) -> bool:
        values = values_of(thing, axis)
        return any(map(test, values)) if values else absence

    return holds


def values_of(thing: Image | Skip, axis: str) -> tuple[str, ...]:
    """Return what an image has on an axis: nothing, one value, or a base's source and reference."""
    if isinstance(thing, Skip):
        return _values_of_skip(thing, axis)
    if axis == "base":
        return (thing.source, thing.base) if thing.base else (thing.source,)
    value: str | None = getattr(thing, axis)
    return () if value is None else (value,)


def _values_of_skip(skip: Skip, axis: str) -> tuple[str, ...]:
    shared = {"id": skip.id, "family": skip.family, "base": skip.source, "template": skip.template}
    shared["workload"] = skip.workload
    if axis == "variant":
        cuda = skip.axes.get("cuda")
        variant = variant_of(cuda) if cuda else "cpu"
        shared["variant"] = variant if "torch" in skip.axes else ""
    value = shared.get(axis, skip.axes.get(axis))
    return (value,) if value else ()


def _why_nothing(terms: Sequence[Term], plan: Plan) -> str:
    """Return what a selector that names no image missed: a value, an id, or a meeting of terms."""
    skip = next(filter(_all(terms), plan.skipped), None)
    if skip is not None:
        reason = skip.reasons[0].message if skip.reasons else "no reason is known"
        return f"{skip.id or id_of(skip.family, skip.axes)} cannot be: {reason}"
    things: list[Image | Skip] = [*plan.images, *plan.skipped]
    for term in terms:
        if not any(map(_holds(term), things)):
            return _missed(term, things)
    closest = max(
        things, key=lambda thing: sum(_holds(term)(thing) for term in terms), default=None
    )
    near = f"; nearest: {values_of(closest, 'id')[0]}" if closest is not None else ""
    return f"each term holds for some image, but no image has all{near}"


def _missed(term: Term, things: Sequence[Image | Skip]) -> str:
    known = list(dict.fromkeys(value for thing in things for value in values_of(thing, term.axis)))
    if term.axis != "id":
        return f"no {term}; " + (
            f"{term.axis} has {listed(known)}" if known else "no image has one"
        )
    families = dict.fromkeys(thing.family for thing in things)
    if term.value in families:
        return f"no image has this id; did you mean 'family={term.value}'?"
    near = nearest(term.value, [*known, *families], 3) or known
    return f"no image has this id; nearest: {listed(near, 3)}"
