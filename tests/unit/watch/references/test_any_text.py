"""No text at all breaks a reader: a short form of `nox -s fuzz`, and what it found, kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from validation.watch.references import find_references
from validation.watch.references.patterns import BadPattern, replace, trim_prefix, trim_suffix


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_made_up_text_breaks_a_reader(name: str, data: st.DataObject) -> None:
    pieces = st.sampled_from(TARGETS[name].pieces)
    TARGETS[name].read(data.draw(st.lists(pieces, max_size=30).map("".join)))


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None)
@given(text=st.text())
def test_no_text_breaks_a_reader(name: str, text: str) -> None:
    TARGETS[name].read(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_a_scan(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("repo")
    for name in ("Dockerfile", "compose.yaml", ".devcontainer.json", ".gitignore", ".env"):
        (root / name).write_bytes(data)
    find_references(root)


@given(st.text("ab*?\\", max_size=6), st.text("ab", max_size=8))
def test_patterns_take_off_what_they_match(pattern: str, value: str) -> None:
    try:
        shortest = trim_suffix(value, pattern, longest=False)
    except BadPattern:
        return
    longest = trim_suffix(value, pattern, longest=True)
    assert value.startswith(shortest)
    assert shortest.startswith(longest)
    assert value.endswith(trim_prefix(value, pattern, longest=True))
    replace(value, pattern, "x", everywhere=True)


FOUND = {
    "dockerfile": ["FROM ${%\x02'F'}${A%'F'OF"],  # a variable without a name: nothing was missing
    "reference": ["library/a/b", "docker.io/a.b/c"],  # the short spelling was another image's
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in FOUND for text in FOUND[name]])
def test_what_fuzzing_found_holds(name: str, text: str) -> None:
    TARGETS[name].read(text)
