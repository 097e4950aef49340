"""Terms: what `cuda=12.6`, `torch>=2.7` and an exclude's `cuda: ">=12.9,<13"` ask of an axis.

Pure; imports grammar, scalars, problems. Selectors and excludes share these rules:

    version axes   12.6 or =12.6    every 12.6.* (2.7.1 means 2.7.1.*)
                   12.*             a glob over the text
                   12.6,12.8        either
                   == != >= <= > < ~=   as PEP 440 says, `>=12.9,<13` too; 12.10 is above 12.9
    other axes     runtime, ubuntu*, a,b   equal, a glob, either;  == equal;  != not equal
    any axis       none             the image does not have this axis

A term about an axis that an image does not have never holds, whatever its operator; only `none`
asks for that.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from validation.matrix.grammar import AXES
from validation.matrix.problems import did_you_mean, listed, quoted
from validation.matrix.scalars import AUTO
from validation.model import Record

if TYPE_CHECKING:
    from packaging.version import Version

VERSION_AXES = frozenset(AXES) - {"flavor", "os"}
TEXT_AXES = ("id", "family", "base", "workload", "template", "variant", "flavor", "os")
TERM_AXES = (*TEXT_AXES[:6], *AXES)
"""Everything that a selector can ask about, in the order in which messages name it."""

NONE = "none"
LONGEST = 500
"""Longest selector or exclude value that is read, in characters."""

_OPERATOR = re.compile(r"==|!=|~=|>=|<=|=|>|<")
_TERM = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)(==|!=|~=|>=|<=|=|>|<)(.*)", re.DOTALL)

Test = Callable[[str], bool]


class BadTerm(ValueError):
    """A term that cannot be read; its text says why and what would be right."""


class Term(Record, frozen=True, kw_only=True):
    """One question to one axis, in source text: axis, operator and value."""

    axis: str
    operator: str
    value: str

    @property
    def wants_absence(self) -> bool:
        """True for `cuda=none`: the image must not have the axis."""
        return self.value == NONE and self.operator in {"=", "=="}

    def __str__(self) -> str:
        return self.value if self.axis == "id" else f"{self.axis}{self.operator}{self.value}"


def parse_selector(text: str) -> tuple[Term, ...]:
    """Return the terms of a selector, all of which must hold; raises `BadTerm`."""
    if len(text) > LONGEST:
        raise BadTerm(f"longer than {LONGEST} characters")
    joined = re.sub(rf"\s*({_OPERATOR.pattern})\s*", r"\1", text)
    words = re.sub(r"\s*,\s*", ",", joined).split()
    if not words:
        raise BadTerm("empty; name an id, a glob such as 'cpu-*', or terms such as family=cpu")
    return tuple(_parse_word(word) for word in words)


def _parse_word(word: str) -> Term:
    found = _TERM.fullmatch(word)
    if found is None:
        if _OPERATOR.search(word.replace("[!", "")):
            raise BadTerm(f"{quoted(word)} is no term: write axis, operator, value: cuda=12.6")
        return Term(axis="id", operator="=", value=word)
    axis, operator, value = found.groups()
    if axis not in TERM_AXES:
        near = did_you_mean(axis, TERM_AXES) or f"; one of {listed(TERM_AXES, 30)}"
        raise BadTerm(f"unknown axis {quoted(axis)}{near}")
    term = Term(axis=axis, operator=operator, value=value)
    compile_term(term)
    return term


def parse_value(axis: str, text: str) -> Term:
    """Return the term that an exclude's value is: operator first, or none for `=`."""
    if len(text) > LONGEST:
        raise BadTerm(f"longer than {LONGEST} characters")
    text = re.sub(r"\s+", "", text)
    found = _OPERATOR.match(text)
    operator = found.group() if found else "="
    term = Term(axis=axis, operator=operator, value=text[found.end() if found else 0 :])
    compile_term(term)
    return term


def compile_term(term: Term) -> Test:
    """Return the test of a present value that a term asks for; raises `BadTerm`.

    Answers are remembered per value: a matrix has few values and many combinations.
    """
    if not term.value:
        raise BadTerm(f"{term}: a value is missing after {term.operator!r}")
    test = _version_test(term) if term.axis in VERSION_AXES else _text_test(term)
    answers: dict[str, bool] = {}

    def remembered(value: str) -> bool:
        answer = answers.get(value)
        if answer is None:
            answer = answers[value] = test(value)
        return answer

    return remembered


def _text_test(term: Term) -> Test:
    if term.operator == "=":
        globs = _alternatives(term)
        return lambda value: any(fnmatchcase(value, glob) for glob in globs)
    if term.operator == "==":
        return lambda value: value == term.value
    if term.operator == "!=":
        return lambda value: value != term.value
    raise BadTerm(f"{term}: {term.axis} has no order; ask with =, == or !=")


def _version_test(term: Term) -> Test:
    if term.value == NONE:
        if term.operator not in {"=", "==", "!="}:
            raise BadTerm(f"{term}: none has no order; ask with = or !=")
        return lambda _value: term.operator == "!="
    if term.operator == "=":
        tests = [_prefix_test(term, one) for one in _alternatives(term)]
        return lambda value: any(test(value) for test in tests)
    return _specifier_test(term)


def _alternatives(term: Term) -> list[str]:
    found = term.value.split(",")
    if not all(found):
        raise BadTerm(f"{term}: an empty value beside a comma")
    return found


def _prefix_test(term: Term, wanted: str) -> Test:
    """`12.6` holds for 12.6 and every 12.6.*; a glob for what it matches; auto for auto."""
    if wanted == AUTO:
        return lambda value: value == AUTO
    if re.search(r"[*?\[]", wanted):
        if not re.fullmatch(r"[0-9a-z.*?\[\]!-]+", wanted):
            raise BadTerm(f"{term}: {quoted(wanted)} is no glob over versions, such as 12.*")
        return lambda value: fnmatchcase(value, wanted)
    from packaging.version import Version  # noqa: PLC0415  (terms about versions are rare)

    prefix = _version(wanted)
    if prefix is None:
        near = "; write the version alone" if wanted[:1].isalpha() else ""
        raise BadTerm(f"{term}: bad version {quoted(wanted)}: PEP 440 wants a version{near}")
    length = len(prefix.release)
    bare = Version(".".join(map(str, prefix.release))) == prefix

    def test(value: str) -> bool:
        version = _version(value)
        if version is None or not bare:
            return version == prefix
        release = (*version.release, *(0,) * length)[:length]
        return release == prefix.release and version.epoch == prefix.epoch

    return test


def _specifier_test(term: Term) -> Test:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415  (rare)

    text = term.operator + term.value
    try:
        specifier = SpecifierSet(text, prereleases=True)
    except (InvalidSpecifier, ValueError):
        raise BadTerm(
            f"{term}: bad specifier {quoted(text)}: PEP 440 wants a range such as >=2.7,<2.9"
        ) from None

    def test(value: str) -> bool:
        version = _version(value)
        return version is not None and specifier.contains(version)

    return test


def _version(text: str) -> "Version | None":
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  (terms ask rarely)

    try:
        return Version(text)
    except (InvalidVersion, ValueError):  # ValueError: more digits than int() takes
        return None
