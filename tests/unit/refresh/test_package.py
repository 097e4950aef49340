"""An index laid over a package's table: new, vanished, back, changed, and all else left alone."""

import copy

import msgspec
import pytest

from validation.facts.packages import PackageTable
from validation.refresh.changes import Kind, lines_of
from validation.refresh.metadata import parse_metadata
from validation.refresh.package import merge_package, wanted_metadata

TODAY = "2026-11-23"


def told(text="numpy>=2"):
    return parse_metadata(f"Name: onnx\nVersion: 1.0\nRequires-Dist: {text}\n")


def merged(table, page, metadata=None):
    before = copy.deepcopy(table)
    found = merge_package(table, page, metadata or {}, TODAY)
    assert table == before, "the table that was given must not move"
    msgspec.convert(found.table, PackageTable)
    return found


def test_what_is_as_it_was_changes_nothing(onnx, page, listed):
    found = merged(onnx, page("onnx", *reversed(listed)))
    assert found.table == onnx
    assert not found.changes
    assert not found.changed


def test_a_new_release_with_its_bound(onnx, page, listed):
    name = "onnx-1.21.0-cp314-cp314t-manylinux_2_28_x86_64.whl"
    found = merged(onnx, page("onnx", *listed, name), {"1.21.0": told()})
    assert list(found.table["releases"]) == ["1.19.0", "1.20", "1.21.0"]
    assert found.table["releases"]["1.21.0"] == {
        "released": "2026-11-20",
        "yanked": False,
        "wheels": {"linux/amd64": {"2.28": ["3.14t"]}},
        "numpy": ">=2",
        "source": "pypi",
    }
    assert lines_of(found.changes) == (
        "+ 1.21.0 new: released 2026-11-20; linux/amd64 3.14t; numpy >=2",
    )


def test_releases_are_ordered_as_versions(onnx, page, listed):
    names = [f"onnx-1.{minor}.0-cp314-cp314-manylinux_2_28_x86_64.whl" for minor in (100, 21, 9)]
    found = merged(onnx, page("onnx", *listed, *names))
    assert list(found.table["releases"]) == ["1.19.0", "1.20", "1.21.0", "1.100.0"]


@pytest.mark.parametrize(
    "name",
    [
        "onnx-1.18.0-cp312-cp312-manylinux_2_28_x86_64.whl",  # older than the table
        "onnx-1.21.0rc1-cp312-cp312-manylinux_2_28_x86_64.whl",
        "onnx-1.21.0.dev1-cp312-cp312-manylinux_2_28_x86_64.whl",
        "onnx-1.21.0+local-cp312-cp312-manylinux_2_28_x86_64.whl",
        "onnx-1.21.0-cp312-cp312-win_amd64.whl",
        "onnx-1.21.0.tar.gz",
        "onnx_other-1.21.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    ],
)
def test_what_a_table_is_not_about(onnx, page, listed, name):
    assert merged(onnx, page("onnx", *listed, name)).table == onnx


def test_a_new_release_whose_metadata_is_not_served(onnx, page, listed):
    name = "onnx-1.21.0-cp314-cp314-manylinux_2_28_x86_64.whl"
    found = merged(onnx, page("onnx", *listed, name), {"1.21.0": None})
    assert "numpy" not in found.table["releases"]["1.21.0"]
    assert [change.kind for change in found.changes] == [Kind.NEW, Kind.REMARK]
    assert "bound on numpy is not known" in found.changes[1].text


def test_a_new_release_without_upload_times_is_not_dated_by_guess(onnx, page, listed):
    name = "onnx-1.21.0-cp314-cp314-manylinux_2_28_x86_64.whl"
    found = merged(onnx, page("onnx", *listed, (name, {"uploaded": None})))
    assert found.table == onnx
    assert not found.changed
    assert "not recorded" in found.changes[0].text


def test_known_releases_need_no_upload_times(onnx, page, listed):
    found = merged(onnx, page("onnx", *[(name, {"uploaded": None}) for name in listed]))
    assert (found.table, found.changes) == (onnx, ())


def test_a_vanished_wheel_is_kept_and_marked(onnx, page, listed):
    found = merged(onnx, page("onnx", listed[0], listed[2]))
    row = found.table["releases"]["1.19.0"]
    assert row["wheels"] == {"linux/amd64": {"2.17": ["3.12"]}}
    assert row["vanished"] == [{"noticed": TODAY, "wheels": {"linux/amd64": ["3.13"]}}]
    assert list(row)[-2:] == ["vanished", "source"]
    assert row["measured"] == {"by": "hand"}
    assert lines_of(found.changes) == (
        "- 1.19.0 vanished: no wheel any more for linux/amd64 3.13; kept, marked vanished",
    )


def test_a_vanished_release_is_kept_and_marked(onnx, page, listed):
    found = merged(onnx, page("onnx", *listed[:2]))
    row = found.table["releases"]["1.20"]
    assert row["wheels"] == {}
    assert row["vanished"] == [{"noticed": TODAY, "wheels": {"linux/amd64": ["3.12+"]}}]
    assert (row["released"], row["numpy"]) == ("2025-12-01", "")
    assert found.changes[0].kind is Kind.VANISHED


def test_a_mark_stays_and_is_not_told_again(onnx, page, listed):
    first = merged(onnx, page("onnx", *listed[:2])).table
    again = merge_package(first, page("onnx", *listed[:2]), {}, "2026-12-24")
    assert (again.table, again.changes) == (first, ())


def test_what_comes_back_leaves_the_marks(onnx, page, listed):
    gone = merged(onnx, page("onnx", listed[2])).table
    half = merge_package(gone, page("onnx", listed[0], listed[2]), {}, "2026-12-24")
    row = half.table["releases"]["1.19.0"]
    assert row["vanished"] == [{"noticed": TODAY, "wheels": {"linux/amd64": ["3.13"]}}]
    assert [change.text for change in half.changes] == ["again wheels for linux/amd64 3.12"]
    whole = merge_package(half.table, page("onnx", *listed), {}, "2026-12-25")
    assert whole.table == onnx


def test_wheels_that_vanish_one_after_the_other_keep_their_days(onnx, page, listed):
    first = merged(onnx, page("onnx", listed[0], listed[2])).table
    second = merge_package(first, page("onnx", listed[2]), {}, "2026-12-24").table
    assert second["releases"]["1.19.0"]["vanished"] == [
        {"noticed": TODAY, "wheels": {"linux/amd64": ["3.13"]}},
        {"noticed": "2026-12-24", "wheels": {"linux/amd64": ["3.12"]}},
    ]


def test_an_empty_index_is_out_of_order_and_nothing_vanished(onnx, page):
    found = merged(onnx, page("onnx"))
    assert found.table == onnx
    assert not found.changed
    assert lines_of(found.changes) == ("? onnx: the index is empty; nothing changed",)


def test_later_wheels_of_a_known_release(onnx, page, listed):
    name = "onnx-1.19.0-cp314-cp314-manylinux_2_17_aarch64.whl"
    found = merged(onnx, page("onnx", *listed, name))
    assert found.table["releases"]["1.19.0"]["wheels"] == {
        "linux/amd64": {"2.17": ["3.12", "3.13"]},
        "linux/arm64": {"2.17": ["3.14"]},
    }
    assert lines_of(found.changes) == ("~ 1.19.0 changed: wheels for linux/arm64 3.14",)


def test_a_second_build_does_not_count_twice(onnx, page, listed):
    build = listed[0].replace("onnx-1.19.0-", "onnx-1.19.0-1-")
    assert merged(onnx, page("onnx", *listed, build)).table == onnx


def test_another_glibc_alone_is_a_change(onnx, page, listed):
    moved = listed[2].replace("manylinux_2_27_x86_64.", "")
    found = merged(onnx, page("onnx", *listed[:2], moved))
    assert found.table["releases"]["1.20"]["wheels"] == {"linux/amd64": {"2.28": ["3.12+"]}}
    assert [change.kind for change in found.changes] == [Kind.CHANGED]
    assert "vanished" not in found.table["releases"]["1.20"]


@pytest.mark.parametrize(("reason", "words"), [("bad", "yanked: bad"), ("", "no reason given")])
def test_yanked_is_when_every_wheel_is(onnx, page, listed, reason, words):
    marks = {"yanked": True, "yanked_reason": reason}
    some = merged(onnx, page("onnx", (listed[0], marks), *listed[1:]))
    assert not some.changed
    every = merged(onnx, page("onnx", (listed[0], marks), (listed[1], marks), listed[2]))
    assert every.table["releases"]["1.19.0"]["yanked"] is True
    assert words in every.changes[0].text
    back = merge_package(every.table, page("onnx", *listed), {}, TODAY)
    assert back.table == onnx
    assert [change.text for change in back.changes] == ["no longer yanked"]


def test_metadata_is_asked_for_what_is_new_or_unknown(onnx, page, listed):
    new = "onnx-1.21.0-cp314-cp314-manylinux_2_28_x86_64.whl"
    arm = "onnx-1.21.0-cp314-cp314-manylinux_2_28_aarch64.whl"
    files = page("onnx", *listed, arm, new)
    assert {name: file.filename for name, file in
            wanted_metadata(onnx, files, deep=False).items()} == {"1.21.0": new}  # fmt: skip
    del onnx["releases"]["1.20"]["numpy"]
    assert set(wanted_metadata(onnx, files, deep=False)) == {"1.20", "1.21.0"}
    assert set(wanted_metadata(onnx, files, deep=True)) == {"1.19.0", "1.20", "1.21.0"}
    for row in onnx["releases"].values():
        row.pop("numpy", None)
    assert wanted_metadata(onnx, files, deep=True) == {}, "this table records no bounds"


def test_an_equal_bound_keeps_its_spelling(onnx, page, listed):
    found = merged(onnx, page("onnx", *listed), {"1.19.0": told("numpy>=1.22,<3")})
    assert (found.table, found.changes) == (onnx, ())


def test_another_bound_replaces_the_old_and_nothing_else(onnx, page, listed):
    found = merged(onnx, page("onnx", *listed), {"1.20": told("numpy>=1.23.2")})
    assert found.table["releases"]["1.20"] == {
        **onnx["releases"]["1.20"],
        "numpy": ">=1.23.2",
    }
    assert lines_of(found.changes) == ("~ 1.20 changed: numpy any → >=1.23.2",)


def test_metadata_without_a_single_bound_leaves_the_old(onnx, page, listed):
    found = merged(onnx, page("onnx", *listed), {"1.20": told("protobuf")})
    assert found.table == onnx
    assert not found.changed


def test_the_extra_of_cupy(onnx, page, listed):
    for row in onnx["releases"].values():
        row["ctk_extra"] = False
    name = "onnx-1.21.0-cp314-cp314-manylinux_2_28_x86_64.whl"
    metadata = parse_metadata("Name: x\nVersion: 1\nRequires-Dist: numpy\nProvides-Extra: ctk\n")
    found = merged(onnx, page("onnx", *listed, name), {"1.21.0": metadata, "1.20": metadata})
    assert list(found.table["releases"]["1.21.0"])[-3:] == ["numpy", "ctk_extra", "source"]
    assert found.table["releases"]["1.21.0"]["ctk_extra"] is True
    assert found.table["releases"]["1.20"]["ctk_extra"] is True
    assert "~ 1.20 changed: extra [ctk]: no → yes" in lines_of(found.changes)
