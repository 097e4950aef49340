"""matrix.yaml's text → `Matrix`, or everything that is wrong with it, each with line and column.

Pure; imports document, read, grammar, terms and the records. What only shows once the axes are
multiplied (ids, excludes that match nothing) is checked by `expand`.
"""

import datetime
import math

from validation.errors import BadInput
from validation.matrix.document import Mapping, Scalar, read_document
from validation.matrix.families import fleet_of, read_families
from validation.matrix.grammar import BECAUSE, MATRIX
from validation.matrix.problems import Place, Problems, quoted
from validation.matrix.read import Section, read_section
from validation.matrix.terms import BadTerm, parse_selector, parse_value
from validation.model import Exclude, Family, Matrix, Schedule, Suppression

MAX_CANDIDATES = 200_000
"""Most combinations that a matrix may come to, before excludes; counted before any is made.

Twice what the benchmark resolves in a second; each takes under a kilobyte of memory.
"""

MAX_BYTES = 256 * 1024
"""Largest file that is read. The shipped one has about 2,000 bytes."""

MAX_EXCLUDES = 200
"""Most exclude entries; every pair of them is compared for overlap."""

HINT = "docs/matrix.schema.json lists every key; editors check against it while you type"


def decode_matrix(data: bytes, name: str) -> str:
    """Return a file's text; raises `BadInput` where the first byte stands that is not UTF-8.

    A file of more than `MAX_BYTES` is refused unread.
    """
    if len(data) > MAX_BYTES:
        at = f"{name}:1:1: more than {MAX_BYTES:,} bytes: is this the file?"
        raise BadInput(f"{name}: too large", hint=HINT, details=(at,))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        at = f"{name}:{line}:{column}: byte 0x{data[error.start]:02X} is not UTF-8"
        raise BadInput(f"{name}: not UTF-8 text", hint="save it as UTF-8", details=(at,)) from None


def load_matrix(text: str, name: str) -> Matrix:
    """Return the matrix that a file's text declares.

    Raises `BadInput` whose details are all problems in the file's order, each as
    `name:line:column: message`.
    """
    problems = Problems(name)
    root = read_document(text, problems)
    if root is None or (isinstance(root, Scalar) and root.empty):
        problems.add(Place(line=1, column=1), f"empty: it needs {', '.join(_required())}")
        problems.raise_any(HINT)
        raise AssertionError  # raise_any raised: a problem was just added
    top = read_section(root, MATRIX, problems)
    if top is None or not isinstance(root, Mapping):
        problems.raise_any(HINT)
        raise AssertionError  # as above
    _check_default(top, problems)
    families = read_families(top, problems)
    excludes = _excludes(top, problems)
    _check_size(families, problems)
    problems.raise_any(HINT)
    default = top.scalars.get("default", ())
    return Matrix(
        name=name,
        repository=top.text("repository"),
        default=tuple(scalar.text for scalar in default),
        default_places=tuple((scalar.place.line, scalar.place.column) for scalar in default),
        uv=top.text("uv"),
        fleet=fleet_of(*top.sections.get("fleet", ())),
        families=families,
        excludes=excludes,
        review=_review(top.section("review")),
        os_support=top.text("os_support", "standard"),  # type: ignore[arg-type]  # see families
        suppress=tuple(_suppression(section) for section in top.sections.get("suppress", ())),
    )


def _suppression(section: Section) -> Suppression:
    return Suppression(
        rule=section.text("rule"),
        file=section.text("file"),
        reference=section.text("reference"),
        because=section.text(BECAUSE).strip(),
        until=datetime.date.fromisoformat(section.text("until")),
        line=section.place.line,
    )


def _review(section: Section | None) -> Schedule | None:
    if section is None:
        return None
    return Schedule(
        every=section.text("every"),  # type: ignore[arg-type]  # see families
        anchor=datetime.date.fromisoformat(section.text("anchor")),
    )


def _required() -> list[str]:
    return [key for key, field in MATRIX.items() if field.required]


def _check_default(top: Section, problems: Problems) -> None:
    for scalar in top.scalars.get("default", ()):
        try:
            parse_selector(scalar.text)
        except BadTerm as error:
            problems.add(scalar.place, f"default: selector {quoted(scalar.text)}: {error}")


def _check_size(families: tuple[Family, ...], problems: Problems) -> None:
    counts = [math.prod(len(values) for values in family.axes.values()) for family in families]
    total = sum(counts)
    if total > MAX_CANDIDATES:
        largest = families[counts.index(max(counts))]
        factors = " x ".join(f"{axis} {len(values)}" for axis, values in largest.axes.items())
        problems.add(
            Place(line=largest.line, column=largest.column),
            f"the matrix expands to {total:,} combinations; the limit is {MAX_CANDIDATES:,}: "
            f"images.{largest.name} alone makes {max(counts):,} ({factors})",
        )


def _excludes(top: Section, problems: Problems) -> tuple[Exclude, ...]:
    sections = top.sections.get("exclude", ())
    if len(sections) > MAX_EXCLUDES:
        message = f"{len(sections)} excludes; the limit is {MAX_EXCLUDES}: use ranges and lists"
        problems.add(top.keys["exclude"], message)
        return ()
    return tuple(_exclude(section, problems) for section in sections)


def _exclude(section: Section, problems: Problems) -> Exclude:
    for axis, scalars in section.scalars.items():
        for scalar in scalars if axis != BECAUSE else ():
            try:
                parse_value(axis, scalar.text)
            except BadTerm as error:
                problems.add(scalar.place, f"exclude: {error}")
    if not set(section.keys) - {BECAUSE}:
        problems.add(section.place, "exclude: no term: name what is ruled out, such as cuda: 12.6")
    return Exclude(
        where={axis: section.texts(axis) for axis in section.scalars if axis != BECAUSE},
        because=section.text(BECAUSE).strip(),
        line=section.place.line,
        column=section.place.column,
    )
