"""A registry's tags laid over the table of nvidia/cuda images."""

import copy
import json

import msgspec
import pytest

from validation.facts.load import DATA
from validation.facts.platforms import CudaImageTable
from validation.refresh.changes import lines_of
from validation.refresh.cuda import images_of, merge_cuda

TODAY = "2026-11-23"
FORM = "{cuda}-{flavor}-{os}"


@pytest.fixture
def cuda():
    return {
        "as_of": "2026-01-01",
        "sources": {"lists": {"title": "lists", "as_of": "2026-01-01"}},
        "repository": "nvidia/cuda",
        "mirror": "nvcr.io/nvidia/cuda",
        "tag": FORM,
        "notes": [],
        "images": [
            {"cuda": "12.6.3", "os": "ubuntu22.04", "flavors": ["base", "devel", "cudnn-devel"],
             "source": "lists"},
            {"cuda": "12.10.0", "os": "ubuntu22.04", "flavors": ["base"], "source": "lists"},
        ],
    }  # fmt: skip


ALL = (
    "12.6.3-base-ubuntu22.04", "12.6.3-devel-ubuntu22.04", "12.6.3-cudnn-devel-ubuntu22.04",
    "12.10.0-base-ubuntu22.04",
)  # fmt: skip


def merged(table, *tags):
    before = copy.deepcopy(table)
    found = merge_cuda(table, tags, TODAY)
    assert table == before
    msgspec.convert(found.table, CudaImageTable)
    return found


def test_what_is_as_it_was_changes_nothing(cuda):
    found = merged(cuda, *ALL)
    assert (found.table, found.changes) == (cuda, ())


def test_the_committed_table_is_what_its_own_tags_say():
    table = json.loads((DATA / "cuda_images.json").read_text("utf-8"))
    tags = [
        f"{row['cuda']}-{flavor}-{row['os']}"
        for row in table["images"] for flavor in row["flavors"]
    ]  # fmt: skip
    found = merge_cuda(table, tuple(tags), TODAY)
    assert (found.table, found.changes) == (table, ())


def test_a_new_image_and_a_new_flavor(cuda):
    found = merged(
        cuda, *ALL, "12.9.1-cudnn-runtime-ubuntu24.04", "12.10.0-runtime-ubuntu22.04",
        "12.9.1-base-ubuntu24.04",
    )  # fmt: skip
    assert [(row["cuda"], row["os"]) for row in found.table["images"]] == [
        ("12.6.3", "ubuntu22.04"),
        ("12.9.1", "ubuntu24.04"),
        ("12.10.0", "ubuntu22.04"),
    ]
    assert found.table["images"][1:] == [
        {"cuda": "12.9.1", "os": "ubuntu24.04", "flavors": ["base", "cudnn-runtime"],
         "source": "registry"},
        {"cuda": "12.10.0", "os": "ubuntu22.04", "flavors": ["base", "runtime"],
         "source": "registry"},
    ]  # fmt: skip
    assert lines_of(found.changes) == (
        "+ 12.9.1-*-ubuntu24.04 new: base, cudnn-runtime",
        "~ 12.10.0-*-ubuntu22.04 changed: runtime",
    )


def test_vanished_tags_are_kept_and_marked_and_come_back(cuda):
    found = merged(cuda, ALL[0], ALL[3])
    row = found.table["images"][0]
    assert row["flavors"] == ["base"]
    assert row["vanished"] == [{"noticed": TODAY, "flavors": ["devel", "cudnn-devel"]}]
    assert lines_of(found.changes) == (
        "- 12.6.3-*-ubuntu22.04 vanished: devel, cudnn-devel; kept, marked vanished",
    )
    half = merge_cuda(found.table, ALL[:2] + ALL[3:], "2026-12-24")
    assert half.table["images"][0]["vanished"] == [{"noticed": TODAY, "flavors": ["cudnn-devel"]}]
    assert [change.text for change in half.changes] == ["again devel"]
    whole = merge_cuda(half.table, ALL, "2026-12-25").table["images"][0]
    assert {**whole, "source": "lists"} == cuda["images"][0]


def test_an_image_that_vanished_as_a_whole_stays_a_row(cuda):
    found = merged(cuda, ALL[3])
    assert found.table["images"][0]["flavors"] == []
    again = merge_cuda(found.table, ALL[3:], "2026-12-24")
    assert (again.table, again.changes) == (found.table, ())


@pytest.mark.parametrize("tags", [(), ("latest", "12.6.3-tensorrt-devel-ubuntu22.04")])
def test_a_list_without_any_image_is_out_of_order(cuda, tags):
    found = merged(cuda, *tags)
    assert found.table == cuda
    assert not found.changed
    assert "nothing changed" in found.changes[0].text


def test_older_than_the_table_is_not_added(cuda):
    assert merged(cuda, *ALL, "11.8.0-base-ubuntu22.04").table == cuda


def test_forms_of_tags():
    tags = {
        "11.8.0-cudnn8-runtime-ubi8": ("11.8.0", "ubi8", "cudnn8-runtime"),
        "12.4-base-rockylinux9": ("12.4", "rockylinux9", "base"),
        "12.6.3-devel-ubuntu24.04": ("12.6.3", "ubuntu24.04", "devel"),
        "12.6.3-base-ubi8-arm64": None,
        "12.6.3-tensorrt-devel-ubuntu24.04": None,
        "12.6.3-cudnn-base-ubuntu24.04": None,
        "12.6.3-base": None,
        "latest": None,
        "12.6.3-base-ubuntu24.04\n": None,
    }
    for tag, parts in tags.items():
        found = [(c, o, f) for (c, o), flavors in images_of([tag], FORM).items() for f in flavors]
        assert found == ([parts] if parts else []), tag
