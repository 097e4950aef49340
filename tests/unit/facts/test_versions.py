"""Our reading of versions and ranges agrees with `packaging`, which is the rule."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from validation.facts.versions import (
    comparisons,
    is_version,
    minor_of,
    python_key,
    release_of,
    version,
    within,
)

NUMBERS = st.integers(0, 30).map(str)
PLAIN = st.lists(NUMBERS, min_size=1, max_size=4).map(".".join)
ENDINGS = st.sampled_from(["", "", "a0", "b2", "rc1", ".dev3", "a1.dev2", ".post1", ".post1.dev4"])
EPOCHS = st.sampled_from(["", "", "", "1!"])
VERSIONS = st.builds("{}{}{}".format, EPOCHS, PLAIN, ENDINGS)
PART = st.builds(
    "{}{}".format,
    st.sampled_from([">=", "<=", ">", "<", "==", "!="]),
    VERSIONS,
)
WILD = st.builds("{}{}.*".format, st.sampled_from(["==", "!="]), PLAIN)
COMPATIBLE = st.builds("~={}.{}".format, NUMBERS, PLAIN)
BOUNDS = st.lists(PART | WILD | COMPATIBLE, max_size=3).map(",".join)


@given(VERSIONS, VERSIONS)
@example("12.10", "12.9")
@example("2.5", "2.5.0")
@example("2.0.0.dev1", "2.0.0a0.dev1")
def test_order_is_pep_440s(left, right):
    assert (version(left) < version(right)) == (Version(left) < Version(right))
    assert (version(left) == version(right)) == (Version(left) == Version(right))
    assert release_of(left) == Version(left).release


@given(VERSIONS, BOUNDS)
@example("12.10", ">=12.9,<13")
@example("2.0.0a0", ">=1.22,<2")
@example("535", "==535.*")
@example("2", "")
def test_ranges_are_pep_440s(text, bound):
    assert within(text, bound) == SpecifierSet(bound).contains(text, prereleases=True)


@given(st.text(max_size=12) | VERSIONS)
def test_a_version_is_what_packaging_reads(text):
    try:
        Version(text)
    except InvalidVersion:
        assert not is_version(text)
    else:
        assert is_version(text)


def test_parts():
    assert comparisons(" >=535, <600 ") == ((">=", "535"), ("<", "600"))
    assert minor_of("12.10.1") == "12.10"
    assert sorted(["3.13t", "3.9", "3.14", "3.13"], key=python_key) == [
        "3.9", "3.13", "3.13t", "3.14",
    ]  # fmt: skip
    with pytest.raises(InvalidVersion):
        version("not one")
