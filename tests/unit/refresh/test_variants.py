"""PyTorch's index of each variant: exact where it is read, silent where it says nothing."""

import json

import msgspec
import pytest

from validation.facts.load import DATA
from validation.facts.packages import TorchTable
from validation.refresh.changes import Kind, lines_of
from validation.refresh.variants import live_cells, merge_variants, variants_of, variants_on

TODAY = "2026-11-23"


@pytest.fixture
def torch():
    table = json.loads((DATA / "torch.json").read_text("utf-8"))
    table["releases"] = {name: table["releases"][name] for name in ("2.6.0", "2.14.0", "2.15.0")}
    return table


def files(release, variant, *pythons, platform="linux_x86_64"):
    return [
        f"torch-{release}+{variant}-cp{python.rstrip('t').replace('.', '')}"
        f"-cp{python.replace('.', '')}-{platform}.whl"
        for python in pythons
    ]


PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
CU126 = [
    *files("2.6.0", "cu126", *PYTHONS),
    *files("2.6.0", "cu126", *PYTHONS, platform="win_amd64"),
    *files("2.6.0", "cu126", *PYTHONS, platform="linux_aarch64"),
]


def merged(table, pages, *, complete=False):
    found = merge_variants(table, pages, TODAY, complete=complete)
    msgspec.convert(found.table, TorchTable)
    return found


def test_variants_in_the_order_of_cuda(torch, page):
    torch["releases"]["2.6.0"]["variants"]["cu92"] = torch["releases"]["2.6.0"]["variants"]["cpu"]
    assert variants_of(torch) == ("cpu", "cu92", "cu118", "cu124", "cu126", "cu130", "cu132")
    names = ["torch-2.6.0-cp311-cp311-manylinux1_x86_64.whl"]
    for local in ("cu126", "cpu", "cu134", "rocm6.2", "xpu", "cpu.cxx11.abi", "cu126.full"):
        names += files("2.6.0", local, "3.11")
    assert variants_on(page("torch", *names)) == ("cpu", "cu126", "cu134")


def test_other_builds_are_left_out_and_files_without_a_local_version_are_not(page):
    names = [
        *files("2.6.0", "cpu", "3.11"),
        *files("2.6.0", "cpu.cxx11.abi", "3.12"),
        "torch-2.6.0-cp313-cp313-manylinux_2_28_aarch64.whl",
        *files("2.7.0rc1", "cpu", "3.11"),
    ]
    cells = {("linux/amd64", "3.11"), ("linux/arm64", "3.13")}
    assert live_cells(page("torch", *names), "cpu") == {"2.6.0": cells}


def test_the_first_reading_makes_a_snapshot_exact(torch, page):
    found = merged(torch, {"cu126": page("torch", *CU126)})
    row, before = (t["releases"]["2.6.0"]["variants"]["cu126"] for t in (found.table, torch))
    assert row == {
        **before,
        "wheels": {name: list(PYTHONS) for name in ("linux/amd64", "linux/arm64",
                                                    "windows/x86_64")},
        "source": "pytorch-index",
    }  # fmt: skip
    assert [change.what for change in found.changes if change.kind is Kind.CHANGED] == [
        "2.6.0+cu126"
    ]
    assert not any(change.kind is Kind.VANISHED for change in found.changes)
    again = merged(found.table, {"cu126": page("torch", *CU126)})
    assert again.table == found.table
    assert not again.changed


def test_a_snapshot_told_pythons_and_platforms_apart_only(torch, page):
    """s390x never had every Python: a cell that the snapshot only seemed to have is not gone."""
    names = files("2.6.0", "cu126", *PYTHONS)
    names += files("2.6.0", "cu126", *PYTHONS[:4], platform="win_amd64")
    names += files("2.6.0", "cu126", "3.13", platform="linux_aarch64")
    found = merged(torch, {"cu126": page("torch", *names)})
    assert not any(change.kind is Kind.VANISHED for change in found.changes)


def test_a_python_that_left_a_snapshot_altogether_vanished(torch, page):
    names = [name for name in CU126 if "cp39" not in name]
    found = merged(torch, {"cu126": page("torch", *names)})
    row = found.table["releases"]["2.6.0"]["variants"]["cu126"]
    gone = {platform: ["3.9"] for platform in ("linux/amd64", "linux/arm64", "windows/x86_64")}
    assert row["vanished"] == [{"noticed": TODAY, "wheels": gone}]
    assert row["pythons"] == list(PYTHONS[1:])


def test_one_wheel_that_leaves_an_exact_row_vanished(torch, page):
    first = merged(torch, {"cu126": page("torch", *CU126)}).table
    left = [name for name in CU126 if name != files("2.6.0", "cu126", "3.13")[0]]
    found = merged(first, {"cu126": page("torch", *left)})
    row = found.table["releases"]["2.6.0"]["variants"]["cu126"]
    assert row["wheels"]["linux/amd64"] == list(PYTHONS[:-1])
    assert row["vanished"] == [{"noticed": TODAY, "wheels": {"linux/amd64": ["3.13"]}}]
    assert any(
        line.startswith("- 2.6.0+cu126 vanished: no wheel any more for linux/amd64 3.13")
        for line in lines_of(found.changes)
    )
    back = merged(found.table, {"cu126": page("torch", *CU126)})
    assert back.table == first
    assert "again wheels for linux/amd64 3.13" in back.changes[0].text


def test_a_release_that_left_its_index_is_kept_and_marked(torch, page):
    found = merged(torch, {"cu126": page("torch", *files("2.5.0", "cu126", "3.11"))})
    row = found.table["releases"]["2.6.0"]["variants"]["cu126"]
    assert (row["pythons"], row["platforms"], row["wheels"]) == ([], [], {})
    assert row["sm"] == torch["releases"]["2.6.0"]["variants"]["cu126"]["sm"]
    assert len(row["vanished"][0]["wheels"]) == 3


def test_an_empty_index_of_a_variant_says_nothing(torch, page):
    found = merged(torch, {"cu126": page("torch")}, complete=True)
    assert found.table == torch
    assert not found.changed
    assert lines_of(found.changes) == ("? cu126: the variant's index is empty; nothing changed",)


def test_what_was_not_read_stays(torch, page):
    found = merged(torch, {"cu126": page("torch", *CU126)})
    for name, row in found.table["releases"].items():
        for variant in row["variants"].keys() - {"cu126"}:
            assert row["variants"][variant] == torch["releases"][name]["variants"][variant]


def test_a_new_variant_of_a_known_release(torch, page):
    found = merged(torch, {"cu134": page("torch", *files("2.15.0", "cu134", "3.14", "3.14t"))})
    row = found.table["releases"]["2.15.0"]
    assert list(row["variants"]) == ["cu132", "cu134"]
    assert row["variants"]["cu134"] == {
        "pythons": ["3.14", "3.14t"],
        "platforms": ["linux/amd64"],
        "sm": None,
        "ptx": False,
        "wheels": {"linux/amd64": ["3.14", "3.14t"]},
        "source": "pytorch-index",
    }
    assert "+ 2.15.0+cu134 new: wheels for linux/amd64 3.14, 3.14t" in lines_of(found.changes)
    assert row["variants_known"] is False


def test_variants_are_known_when_all_of_them_were_read(torch, page):
    pages = {"cu132": page("torch", *files("2.15.0", "cu132", "3.14"))}
    found = merged(torch, pages, complete=True)
    row = found.table["releases"]["2.15.0"]
    assert (row["variants_known"], row["variants_source"]) == (True, "pytorch-index")
    assert "~ 2.15.0 changed: its variants are known: cu132" in lines_of(found.changes)
    assert merged(torch, pages).table["releases"]["2.15.0"]["variants_known"] is False
    pages["cu126"] = page("torch")
    partly = merged(torch, pages, complete=True)
    assert partly.table["releases"]["2.15.0"]["variants_known"] is False


def test_a_variant_known_only_by_name_is_not_called_vanished(torch, page):
    found = merged(torch, {"cu126": page("torch", *CU126)})
    assert found.table["releases"]["2.14.0"] == torch["releases"]["2.14.0"]
    assert "? 2.14.0+cu126: its index does not list it" in "\n".join(lines_of(found.changes))


def test_a_release_that_pypi_does_not_have_is_told(torch, page):
    names = [*CU126, *files("2.16.0", "cu126", "3.14"), *files("1.13.1", "cu126", "3.10")]
    found = merged(torch, {"cu126": page("torch", *names)})
    assert list(found.table["releases"]) == list(torch["releases"])
    told = [line for line in lines_of(found.changes) if "not among the releases of PyPI" in line]
    assert [line[:8] for line in told] == ["? 2.16.0"]
