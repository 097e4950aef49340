"""The tolerances hold what each precision really gives, and no other precision's results."""

import math
import random

import pytest

from validation.prove.precision import UNIT_ROUNDOFF, problem, tolerance

SIZE = 40
BITS = {"float32": 24, "tf32": 11, "bfloat16": 8}


def rounded(value: float, bits: int, *, cut: bool = False) -> float:
    """Return a number with a significand of `bits`, rounded to nearest or cut off."""
    fraction, exponent = math.frexp(value)
    scaled = fraction * 2**bits
    return math.ldexp(math.trunc(scaled) if cut else round(scaled), exponent - bits)


def multiply(left, right):
    columns = list(zip(*right, strict=True))
    return [[math.fsum(map(float.__mul__, row, column)) for column in columns] for row in left]


def relative(found, reference):
    pairs = [
        pair for rows in zip(found, reference, strict=True) for pair in zip(*rows, strict=True)
    ]
    off = math.sqrt(sum((one - other) ** 2 for one, other in pairs))
    return off / math.sqrt(sum(other**2 for _, other in pairs))


@pytest.fixture(scope="module")
def errors():
    """The errors of products whose operands (and bfloat16's results) are rounded as a GPU does."""
    draw = random.Random(7)  # noqa: S311  (test data)
    left, right = ([[draw.gauss(0, 1) for _ in range(SIZE)] for _ in range(SIZE)] for _ in "lr")
    reference = multiply(left, right)

    def error(mode, *, cut=False):
        one, other = (
            [[rounded(each, BITS[mode], cut=cut) for each in row] for row in matrix]
            for matrix in (left, right)
        )
        out = multiply(one, other)
        if mode == "bfloat16":
            out = [[rounded(each, BITS[mode]) for each in row] for row in out]
        return relative(out, reference)

    return {mode: error(mode) for mode in BITS} | {"tf32 cut off": error("tf32", cut=True)}


def test_every_precision_is_within_its_own_tolerance(errors):
    assert problem("float32", errors["float32"], SIZE) == ""
    assert problem("tf32", errors["tf32"], SIZE) == ""
    assert problem("tf32", errors["tf32 cut off"], SIZE) == ""
    assert problem("bfloat16", errors["bfloat16"], SIZE) == ""


@pytest.mark.parametrize(
    ("asked", "used", "says"),
    [
        ("float32", "tf32", "at most"),
        ("float32", "bfloat16", "at most"),
        ("tf32", "float32", "was not computed in tf32"),
        ("tf32", "bfloat16", "at most"),
        ("bfloat16", "float32", "was not computed in bfloat16"),
        ("bfloat16", "tf32", "was not computed in bfloat16"),
    ],
)
def test_another_precision_than_the_asked_one_shows(errors, asked, used, says):
    for convolution in (False, True):
        assert says in problem(asked, errors[used], 1024, convolution=convolution)


def test_a_result_that_is_not_finite_is_never_right():
    for mode in BITS:
        assert "not finite" in problem(mode, math.nan, SIZE)
        assert "not finite" in problem(mode, math.inf, SIZE)


def test_the_ranges_do_not_overlap():
    assert tolerance("float32", 1024, convolution=True)[1] < tolerance("tf32", 1)[0]
    assert tolerance("tf32", 1)[1] <= tolerance("bfloat16", 1)[0]
    assert tolerance("float64", 1024)[1] < UNIT_ROUNDOFF["float32"]
