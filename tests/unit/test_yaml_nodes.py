"""The one reader of YAML: places, bounds, and what strict reading tells and lenient passes."""

import pytest

from validation.yaml_nodes import (
    Limits,
    Listing,
    Mapping,
    Place,
    Scalar,
    Unreadable,
    read_nodes,
)

LIMITS = Limits(depth=4, nodes=50, merged=4)
ODD = [
    ("a: !x 1\n", "tag '!x'"),
    ("a: 1\na: 2\n", "duplicate key 'a'"),
    ("? [b]\n: 1\n", "a key must be a single word"),
    ("a: 1\n<<: x\n", "<< merges mappings"),
]


def root(text, complain=None):
    ((_, node),) = read_nodes(text, LIMITS, complain)
    return node


def test_scalars_are_source_text_with_their_place():
    found = root("a: 12.10\nb: [ '~', ~ , \"x\" ]\n")
    assert isinstance(found, Mapping)
    assert found.keys["b"] == Place(line=2, column=1)
    number, items = found.values["a"], found.values["b"]
    assert isinstance(number, Scalar)
    assert (number.text, number.plain, number.line, number.place.column) == ("12.10", True, 1, 4)
    assert isinstance(items, Listing)
    assert [(each.text, each.empty) for each in items.items if isinstance(each, Scalar)] == [
        ("~", False),
        ("~", True),
        ("x", False),
    ]


@pytest.mark.parametrize(("text", "message"), ODD)
def test_what_is_odd_is_told_to_who_asks_and_passed_otherwise(text, message):
    told = []
    root(text, lambda place, why: told.append((place.line, why)))
    assert len(told) == 1
    assert message in told[0][1]
    assert isinstance(root(text), Mapping)


def test_of_a_key_that_stands_twice_lenient_takes_the_last_and_strict_the_first():
    last, first = root("a: 1\na: 2\n"), root("a: 1\na: 2\n", lambda *_: None)
    assert [each.values["a"].text for each in (first, last)] == ["1", "2"]


def test_an_alias_of_nothing_is_empty_or_the_end():
    assert root("a: *b\n").values["a"].text == ""
    with pytest.raises(Unreadable, match="names no finished anchor"):
        root("a: *b\n", lambda *_: None)


def test_merges_share_nodes_and_mark_what_they_take_in():
    found = root("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n")
    taken, own = found.values["x"], found.values["y"]
    assert taken.merged
    assert not own.merged
    assert own.values["a"] is taken.values["a"]
    assert own.values["b"].text == "3"
    assert own.keys["a"].line == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: " + "[" * 9, 1, "nested deeper than 4 levels"),
        ("\n- 1" * 60, 51, "more than 50 values"),
        ("a: &a {b: 1, c: 2, d: 3}\ne: {<<: *a}\nf: {<<: *a}\n", 1, "more than 4 pairs"),
        ("a: [\n", 2, "not YAML"),
        ("a:\n\t- 1\n", 2, "a tab"),
        ("a: \x01\n", 1, "not YAML"),
    ],
)
def test_reading_ends_where_it_cannot_go_on(text, line, message):
    with pytest.raises(Unreadable, match=message) as over:
        list(read_nodes(text, LIMITS))
    assert over.value.place.line == line


def test_documents_before_an_error_were_yielded():
    documents = read_nodes("a\n---\nb\n---\n[", LIMITS)
    assert [next(documents)[1].text for _ in range(2)] == ["a", "b"]
    with pytest.raises(Unreadable):
        next(documents)
