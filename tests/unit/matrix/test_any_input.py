"""Whatever is written, a matrix loads or every problem of it is located; no other ending."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.matrix.examples import SHIPPED, TRAIN
from validation.errors import BadInput
from validation.matrix.expand import expand
from validation.matrix.grammar import AXES, FAMILY, MATRIX
from validation.matrix.load import decode_matrix, load_matrix
from validation.matrix.terms import BadTerm, parse_selector
from validation.model import Matrix

LOCATED = re.compile(r"m\.yaml:[1-9][0-9]*:[1-9][0-9]*: \S|… and [1-9][0-9]* more$")


def outcome(function, *arguments):
    """Return (what a function returns, None), or (None, its `BadInput` or `BadTerm`)."""
    try:
        return function(*arguments), None
    except (BadInput, BadTerm) as error:
        return None, error


def check_located(error, text):
    """Every problem says where it is, within the text, and there is a next step."""
    assert error.details
    assert error.hint
    lines = text.count("\n") + text.count("\r") + 2
    for detail in error.details:
        assert LOCATED.match(detail), detail
        assert not detail.startswith("m.yaml") or int(detail.split(":")[1]) <= lines


def load_or_located(text):
    """Return the matrix, or None after checking that each problem says where it is."""
    matrix, error = outcome(load_matrix, text, "m.yaml")
    if error is None:
        assert isinstance(matrix, Matrix)
        _, error = outcome(expand, matrix)
    if error is not None:
        check_located(error, text)
        return None
    return matrix


WORDS = st.sampled_from(
    [
        *MATRIX,
        *FAMILY,
        *AXES,
        *("12.10", "12.5", "2.7.1", "3.10", "auto", "sm_90", "debian12", "distro", "training"),
        *("nvidia-cuda", "runtime", ">=12.9,<13", "1e400", "0x1F", "9 GB", "null", "~", "yes"),
        *("&a", "*a", "<<", "!!int 3", "2026-11-23", "12:30", "- x", "a: b", "'", '"', "|", ">"),
        *("#", "{", "}", "[", "]", ",", "?", "%", "@", "\t", "\n", "\r", "---", "...", "\ufeff"),
    ]
)


@st.composite
def damaged(draw):
    """A right matrix with a few stretches cut out, doubled, or replaced."""
    text = draw(st.sampled_from([SHIPPED, TRAIN]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        piece = draw(
            st.one_of(st.just(""), st.just(text[start:end] * 2), WORDS, st.text(max_size=8))
        )
        text = text[:start] + piece + text[end:]
    return text


VALUES = st.recursive(
    st.one_of(WORDS, st.text(max_size=5), st.integers().map(str)).map(repr),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(WORDS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key!r}: {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)


@st.composite
def replaced(draw):
    """A right matrix with one value, on any level, replaced by any other."""
    lines = draw(st.sampled_from([SHIPPED, TRAIN])).split("\n")
    at = draw(st.sampled_from([n for n, line in enumerate(lines) if ": " in line]))
    key = lines[at].split(": ")[0]
    lines[at] = f"{key}: {draw(VALUES)}"
    return "\n".join(lines)


@given(st.text(max_size=300))
@example("a: &x {b: 1}\nc: {<<: *x}")
@example("version: 1\nimages: {cpu: {fleet: {gpus: [{}]}}}")
@example("a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n         j: 1")
def test_any_text(text):
    load_or_located(text)


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"a: \xed\xa0\x80")
def test_any_bytes(data):
    text, error = outcome(decode_matrix, data, "m.yaml")
    if error is None:
        load_or_located(text)
    else:
        check_located(error, data.decode("latin-1"))


@given(damaged())
def test_any_damage(text):
    load_or_located(text)


@given(replaced())
def test_any_value(text):
    load_or_located(text)


MINORS = st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True)


@given(MINORS, MINORS, MINORS)
def test_any_right_matrix_loads_with_its_source_text(cudas, torches, pythons):
    text = (
        TRAIN.replace("12.5, 12.6, 12.9, 12.10", ", ".join(f"12.{n}" for n in cudas))
        .replace("2.6.0, 2.7.1", ", ".join(f"2.{n}.0" for n in torches))
        .replace("3.10, 3.11", ", ".join(f"3.{n}" for n in pythons))
    )
    matrix = load_or_located(text)
    assert matrix.families[0].axes["cuda"] == tuple(f"12.{n}" for n in cudas)
    assert len(expand(matrix)) == 2 * len(cudas) * len(torches) * len(pythons)


@given(MINORS, st.integers(0, 30), st.sampled_from([">=", ">", "<=", "<", "==", "!="]))
def test_minor_versions_are_compared_as_numbers(cudas, bound, operator):
    compare = {
        ">=": int.__ge__, ">": int.__gt__, "<=": int.__le__, "<": int.__lt__,
        "==": int.__eq__, "!=": int.__ne__,
    }[operator]  # fmt: skip
    left = [f"12.{n}" for n in cudas if not compare(n, bound)]
    text = TRAIN.replace("12.5, 12.6, 12.9, 12.10", ", ".join(f"12.{n}" for n in cudas))
    text += f"exclude: [{{cuda: '{operator}12.{bound}', because: why not}}]\n"
    if left and len(left) < len(cudas):
        found = {one.axes["cuda"] for one in expand(load_matrix(text, "m.yaml"))}
        assert found == set(left)
    else:
        with pytest.raises(BadInput):
            expand(load_matrix(text, "m.yaml"))


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=4).map("".join)))
@example("cuda=[")
@example("id=[!")
@example("torch===2.7")
@example("cuda=12.6,*")
@example("torch=" + "9" * 400)
@example("*a" * 200 + "b")
def test_any_selector_is_read_or_refused(text):
    terms, error = outcome(parse_selector, text)
    assert terms or str(error)
