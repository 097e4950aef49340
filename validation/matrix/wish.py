"""What `explain` is asked: an id, or terms that together are one combination.

Pure; imports expand, grammar and the records. A term sets one value (`torch=2.5.0`); what a family
of the matrix declares is taken from there, anything else that an image needs is chosen.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from validation.errors import BadInput
from validation.matrix.expand import expand
from validation.matrix.grammar import AXES
from validation.matrix.ids import id_of
from validation.matrix.problems import did_you_mean, listed, nearest, quoted
from validation.matrix.scalars import BASE, GPU, SPECIFIER, Kind
from validation.model import Candidate, Family, Fleet, Matrix

HINT = "imagewright explain torch=2.6.0 cuda=12.6 python=3.11, or an id that imagewright plan shows"
LONGEST = 200
"""Longest word that is read, in characters."""

ADHOC = "wish"
"""The family's name of a combination that no family of the matrix declares."""

ANY_FLEET = Fleet(drivers="", gpus=())
"""No fleet is stated: nothing is asked of drivers and GPUs."""

_NONE = "none"
_OTHERS: dict[str, Kind | None] = {"family": None, "base": BASE, "drivers": SPECIFIER, "gpus": None}
_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)\s*(==|=|[<>!~]=?)\s*(.*)", re.DOTALL)


def parse_wish(words: Sequence[str], matrix: Matrix | None) -> Candidate:
    """Return the one combination that words ask about.

    Raises `BadInput` whose details are everything that is wrong with them: an unknown axis or id,
    a bad value, an axis said twice, a family that leaves several values open.
    """
    single = [word for text in words for word in _split(text)]
    errors: list[str] = []
    terms = _terms(single, errors)
    ids = [word for word in single if _WORD.fullmatch(word) is None]
    start = _start(ids, terms, matrix, errors)
    if not single:
        errors.append("nothing was asked")
    if errors or start is None:
        raise BadInput("cannot tell what to explain", hint=HINT, details=tuple(errors))
    return _with_terms(start, terms)


def _split(text: str) -> list[str]:
    """Return the words of an argument; blanks around an operator belong to the term."""
    return re.sub(r"\s*(==|[<>!~]=|[=<>])\s*", r"\1", text).split()


def _terms(words: Iterable[str], errors: list[str]) -> dict[str, str]:
    terms: dict[str, str] = {}
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            continue
        axis, operator, value = found.groups()
        if axis == "drivers":
            operator, value = "=", _range_in(word)
        problem = _problem(axis, operator, value)
        if problem:
            errors.append(problem)
        elif terms.setdefault(axis, value) != value:
            errors.append(f"{axis} is said twice: {quoted(terms[axis])} and {quoted(value)}")
    return terms


def _range_in(word: str) -> str:
    """Return the range of `drivers>=535`, which may also be said `drivers=>=535`."""
    text = word.removeprefix("drivers")
    return text[1:] if SPECIFIER.check(text) or not SPECIFIER.check(text[1:]) else text


def _problem(axis: str, operator: str, value: str) -> str:
    """Return what is wrong with a term, or ""."""
    known = (*_OTHERS, *AXES)
    if axis not in known:
        near = did_you_mean(axis, known) or f"; one of {listed(known, 20)}"
        return f"unknown axis {quoted(axis)}{near}"
    if operator not in {"=", "=="}:
        return f"{axis}{operator}{value}: explain is about one combination; write {axis}=VALUE"
    if len(value) > LONGEST:
        return f"{axis}: longer than {LONGEST} characters"
    if axis == "gpus":
        return next(filter(None, map(GPU.check, value.split(","))), "")
    if value == _NONE and axis in AXES:
        return ""
    kind = AXES[axis].kind if axis in AXES else _OTHERS[axis]
    return kind.check(value) if kind else ""


def _start(
    ids: Sequence[str], terms: dict[str, str], matrix: Matrix | None, errors: list[str]
) -> Candidate | None:
    """Return the combination that terms are laid over: an id's, a family's, or a bare one."""
    if len(ids) > 1:
        errors.append(f"explain is about one combination; {len(ids)} ids are named")
        return None
    if ids:
        return _of_id(ids[0], matrix, errors)
    if "family" in terms:
        return _of_family(terms, matrix, errors)
    return _bare(terms, matrix.fleet if matrix else ANY_FLEET)


def _of_id(word: str, matrix: Matrix | None, errors: list[str]) -> Candidate | None:
    candidates = expand(matrix) if matrix else ()
    by_id = {id_of(wish.family.name, wish.axes): wish for wish in candidates}
    if word in by_id:
        return by_id[word]
    near = did_you_mean(word, (*by_id, *AXES)) or f"; there are {listed(by_id)}"
    errors.append(f"no id {quoted(word)}{near if by_id else '; there is no matrix.yaml here'}")
    return None


def _of_family(terms: dict[str, str], matrix: Matrix | None, errors: list[str]) -> Candidate | None:
    families = matrix.families if matrix else ()
    named = [family for family in families if family.name == terms["family"]]
    if not named:
        names = [family.name for family in families]
        near = nearest(terms["family"], names)
        known = f"did you mean {near[0]!r}?" if near else f"there are {listed(names) or 'none'}"
        errors.append(f"no family {quoted(terms['family'])}; {known}")
        return None
    fitting = [family for family in named if _fits(family, terms)] or named
    family = fitting[0]
    if len(fitting) > 1:
        said = [
            " ".join(f"{axis}={values[0]}" for axis, values in block.axes.items())
            for block in fitting
        ]
        errors.append(f"family {family.name} has {len(fitting)} blocks; say more: {listed(said)}")
    axes = {}
    for axis, values in family.axes.items():
        if axis not in terms and len(values) > 1:
            errors.append(f"family {family.name} has {axis} {listed(values)}: say which one")
        axes[axis] = values[0]
    return Candidate(family=family, axes=axes)


def _fits(family: Family, terms: dict[str, str]) -> bool:
    """Return True when a block declares every value that the terms name; "none": not the axis."""
    return all(
        value in family.axes.get(axis, (_NONE,)) for axis, value in terms.items() if axis in AXES
    )


def _bare(terms: dict[str, str], fleet: Fleet) -> Candidate:
    has_cuda = terms.get("cuda", _NONE) != _NONE
    base = terms.get("base", "nvidia-cuda" if has_cuda else "distro")
    trains = terms.get("torch", _NONE) != _NONE or terms.get("onnxruntime", _NONE) == _NONE
    family = Family(
        name=ADHOC,
        base=base,  # type: ignore[arg-type]  # BASE.check admitted it
        template=base,
        workload="training" if trains else "inference",
        axes={},
        fleet=fleet,
        budget_mb=0,
    )
    return Candidate(family=family, axes={})


def _with_terms(start: Candidate, terms: dict[str, str]) -> Candidate:
    """Return the combination with the terms' values; "none" takes an axis away."""
    family = start.family
    fleet = Fleet(
        drivers=terms.get("drivers", family.fleet.drivers),
        gpus=tuple(terms["gpus"].split(",")) if "gpus" in terms else family.fleet.gpus,
    )
    wanted = {**start.axes, **{axis: terms[axis] for axis in AXES if axis in terms}}
    axes = {axis: wanted[axis] for axis in AXES if wanted.get(axis, _NONE) != _NONE}
    base = terms.get("base", family.base)
    return Candidate(family=replace(family, fleet=fleet, base=base), axes=axes)
