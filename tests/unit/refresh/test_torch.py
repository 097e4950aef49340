"""PyPI's part of the torch table: known releases keep what was measured, new ones say unknown."""

import json

import msgspec
import pytest

from validation.facts.load import DATA
from validation.facts.packages import TorchTable
from validation.refresh.changes import Kind, lines_of
from validation.refresh.metadata import Bundled
from validation.refresh.torch import Told, merge_pypi, new_releases, unclaimed, unpaired

TODAY = "2026-11-23"
INSIDE = Bundled(cuda_runtime="13.2.2", cudnn="9.26.0.51", nccl="2.30.7", triton="~=3.9.0")


@pytest.fixture
def torch():
    """The committed table, cut to two releases so that a page can list all of it."""
    table = json.loads((DATA / "torch.json").read_text("utf-8"))
    table["releases"] = {name: table["releases"][name] for name in ("2.6.0", "2.7.0")}
    return table


@pytest.fixture
def listed(torch):
    """The files that PyPI has for these two releases."""
    return [
        f"torch-{name}-cp{python.rstrip('t').replace('.', '')}-cp{python.replace('.', '')}"
        f"-manylinux_2_28_x86_64.whl"
        for name, row in torch["releases"].items()
        for python in row["pypi"]["pythons"]
    ]


NEW = "torch-2.15.0-cp315-cp315t-manylinux_2_28_x86_64.whl"


def merged(table, page, told=None):
    found = merge_pypi(table, page, told or {}, TODAY)
    msgspec.convert(found.table, TorchTable)
    return found


def test_what_is_as_it_was_changes_nothing(torch, page, listed):
    found = merged(torch, page("torch", *listed))
    assert (found.table, found.changes) == (torch, ())


def test_an_empty_index_changes_nothing(torch, page):
    found = merged(torch, page("torch"))
    assert found.table == torch
    assert not found.changed


def test_arm_wheels_of_pypi_are_not_about_this_table(torch, page, listed):
    arm = "torch-2.6.0-cp314-cp314-manylinux_2_28_aarch64.whl"
    alone = "torch-2.8.0-cp314-cp314-manylinux_2_28_aarch64.whl"
    assert merged(torch, page("torch", *listed, arm, alone)).table == torch


def test_a_vanished_python_is_marked(torch, page, listed):
    found = merged(torch, page("torch", *listed[1:]))
    pypi, before = found.table["releases"]["2.6.0"]["pypi"], torch["releases"]["2.6.0"]["pypi"]
    assert pypi["pythons"] == before["pythons"][1:]
    assert pypi["vanished"] == [{"noticed": TODAY, "wheels": {"linux/amd64": ["3.9"]}}]
    assert pypi["sm"] == before["sm"]
    assert found.table["releases"]["2.7.0"] == torch["releases"]["2.7.0"]
    assert lines_of(found.changes) == (
        "- 2.6.0 on PyPI vanished: no wheel any more for linux/amd64 3.9; kept, marked vanished",
    )
    back = merge_pypi(found.table, page("torch", *listed), {}, "2026-12-24")
    assert back.table == torch
    assert lines_of(back.changes) == ("~ 2.6.0 on PyPI changed: again wheels for linux/amd64 3.9",)


def test_a_vanished_release_keeps_all_that_was_measured(torch, page, listed):
    found = merged(torch, page("torch", *[name for name in listed if "2.6.0" not in name]))
    row = found.table["releases"]["2.6.0"]
    assert row["pypi"]["pythons"] == []
    assert {**row, "pypi": 0} == {**torch["releases"]["2.6.0"], "pypi": 0}


def test_a_new_release_says_what_it_is_and_what_is_not_known(torch, page, listed):
    told = Told(bundled=INSIDE, companions={"torchvision": "0.30.0"})
    found = merged(torch, page("torch", *listed, NEW), {"2.15.0": told})
    row = found.table["releases"]["2.15.0"]
    assert row["pypi"] == {
        "variant": "cu132",
        "pythons": ["3.15t"],
        "cuda_runtime": "13.2.2",
        "cudnn": "9.26.0.51",
        "nccl": "2.30.7",
        "triton": "~=3.9.0",
        "sm": None,
        "glibc_tag": "2.28",
        "source": "pypi-index",
    }
    assert (row["torchvision"], row["torchaudio"]) == ("0.30.0", None)
    assert row["variants_known"] is False
    assert row["variants"]["cu132"]["pythons"] is None
    assert {value for key, value in row["export"].items() if key != "source"} == {None}
    assert found.changes[0].kind is Kind.NEW
    assert "cu132 on PyPI for linux/amd64 3.15t" in found.changes[0].text
    assert "torchaudio not known" in found.changes[0].text


@pytest.mark.parametrize(
    "told", [{}, {"2.15.0": Told(bundled=None, companions={})},
             {"2.15.0": Told(bundled=Bundled(cuda_runtime=None, cudnn=None, nccl=None,
                                             triton=None), companions={})}],
)  # fmt: skip
def test_a_new_release_of_unknown_cuda_is_told_and_not_recorded(torch, page, listed, told):
    found = merged(torch, page("torch", *listed, NEW), told)
    assert found.table == torch
    assert not found.changed
    assert "does not tell which CUDA" in found.changes[0].text


def test_a_yanked_new_release_is_told_and_not_recorded(torch, page, listed):
    yanked = page("torch", *listed, (NEW, {"yanked": True, "yanked_reason": "broken wheels"}))
    assert new_releases(torch, yanked) == {}
    found = merged(torch, yanked, {"2.15.0": Told(bundled=INSIDE, companions={})})
    assert found.table == torch
    assert lines_of(found.changes) == ("? 2.15.0: yanked: broken wheels; not recorded",)


def test_a_known_release_that_was_yanked_is_told(torch, page, listed):
    files = [(name, {"yanked": "2.6.0" in name}) for name in listed]
    found = merged(torch, page("torch", *files))
    assert found.table == torch
    assert lines_of(found.changes) == ("? 2.6.0: yanked: no reason given; recorded, so look at it",)


def test_new_releases_in_order(torch, page, listed):
    other = NEW.replace("2.15.0", "2.9.0")
    old = NEW.replace("2.15.0", "2.5.1")
    early = NEW.replace("2.15.0", "2.16.0rc1")
    found = new_releases(torch, page("torch", NEW, other, old, early, *listed))
    assert {name: file.filename for name, file in found.items()} == {"2.9.0": other, "2.15.0": NEW}
    assert list(found) == ["2.9.0", "2.15.0"]


def test_a_companion_that_was_not_known(torch, page, listed):
    torch["releases"]["2.7.0"]["torchvision"] = None
    assert unpaired(torch, "torchvision") == ("2.7.0",)
    told = Told(bundled=None, companions={"torchvision": "0.22.0", "torchaudio": "9.9"})
    found = merged(torch, page("torch", *listed), {"2.7.0": told})
    assert found.table["releases"]["2.7.0"]["torchvision"] == "0.22.0"
    assert found.table["releases"]["2.7.0"]["torchaudio"] == "2.7.0", "what is known stays"
    assert lines_of(found.changes) == ("~ 2.7.0 changed: torchvision 0.22.0 pins it",)


def test_companions_that_pair_with_none_yet(torch, page):
    form = "torchvision-{}-cp312-cp312-manylinux_2_28_x86_64.whl"
    names = [form.format(name) for name in ("0.20.0", "0.21.0", "0.22.0", "0.22.1", "0.23.0")]
    files = page("torchvision", *names[:-1], (names[-1], {"yanked": True}))
    assert list(unclaimed(torch, "torchvision", files)) == ["0.22.1"]
