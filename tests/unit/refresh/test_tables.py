"""Tables are written as they were: the committed ones come out byte for byte."""

import json

import pytest

from validation.facts.load import DATA, TABLES
from validation.refresh.tables import dated, table_text


@pytest.mark.parametrize("name", TABLES)
def test_a_committed_table_comes_out_as_it_is(name):
    text = (DATA / f"{name}.json").read_text("utf-8")
    assert table_text(json.loads(text)) == text


def test_dates_of_what_was_read():
    table = {"as_of": "2026-01-01", "sources": {"a": {"title": "by hand", "as_of": "2026-01-01"}}}
    read = dated(table, "2026-02-02", {"a": "other words", "b": "B"}, whole=False)
    assert read == {
        "as_of": "2026-01-01",
        "sources": {
            "a": {"title": "by hand", "as_of": "2026-02-02"},
            "b": {"title": "B", "as_of": "2026-02-02"},
        },
    }
    assert dated(table, "2026-02-02", {})["as_of"] == "2026-02-02"
    assert table["as_of"] == "2026-01-01"
