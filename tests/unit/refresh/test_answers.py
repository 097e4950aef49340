"""What a refresh wrote is what the resolver answers: vanished is absent, unread is unknown."""

import copy
import json

import msgspec
import pytest

from validation.facts.load import DATA, TABLES, load_facts
from validation.facts.questions import first_with_variant, package_wheel, torch_wheel
from validation.facts.records import Known
from validation.refresh import torch, variants
from validation.refresh.metadata import Bundled
from validation.refresh.package import merge_package
from validation.refresh.tables import dated
from validation.refresh.torch import Told, merge_pypi
from validation.refresh.variants import merge_variants

DAY = "2026-11-23"


def committed(name):
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def facts_with(name, table):
    return load_facts().with_table(name, msgspec.convert(table, TABLES[name]))


def test_a_vanished_wheel_is_absent_and_told(onnx, page, listed):
    found = merge_package(onnx, page("onnx", *listed[1:]), {}, DAY)
    table = msgspec.convert(found.table, TABLES["onnx"])
    gone = package_wheel(table, "1.19.0", "3.12", "linux/amd64")
    assert gone.known is Known.ABSENT
    assert gone.fact.endswith("; the wheel was there once, and was gone on 2026-11-23")
    there = package_wheel(table, "1.19.0", "3.13", "linux/amd64")
    never = package_wheel(table, "1.19.0", "3.11", "linux/amd64")
    assert there.known is Known.PRESENT
    assert never.known is Known.ABSENT
    assert "once" not in there.fact + never.fact


def wheel(release, variant, python, platform="linux_x86_64"):
    digits = python.replace(".", "")
    return f"torch-{release}+{variant}-cp{digits.rstrip('t')}-cp{digits}-{platform}.whl"


@pytest.fixture
def read_wheel_by_wheel(page):
    """Facts in which cu126 was read: 2.6.0 for two Pythons, one of them on ARM alone."""
    names = (
        wheel("2.6.0", "cu126", "3.11"),
        wheel("2.6.0", "cu126", "3.13t"),
        wheel("2.6.0", "cu126", "3.12", "linux_aarch64"),
    )
    pages = {"cu126": page("torch", *names)}
    found = merge_variants(committed("torch"), pages, DAY, complete=False)
    return facts_with("torch", dated(found.table, DAY, {variants.SOURCE: variants.TITLE}))


@pytest.mark.parametrize(
    ("python", "platform", "known"),
    [
        ("3.11", "linux/amd64", Known.PRESENT),
        ("3.13t", "linux/amd64", Known.PRESENT),
        ("3.12", "linux/arm64", Known.PRESENT),
        ("3.12", "linux/amd64", Known.ABSENT),  # Pythons and platforms alone would say present
        ("3.11", "linux/arm64", Known.ABSENT),
        ("3.11t", "linux/amd64", Known.ABSENT),  # a snapshot could not tell
        ("3.9", "linux/amd64", Known.ABSENT),
        ("3.11", "windows/x86_64", Known.ABSENT),
    ],
)
def test_an_exact_reading_answers_exactly(read_wheel_by_wheel, python, platform, known):
    answer = torch_wheel(read_wheel_by_wheel, "2.6.0", "cu126", python, platform)
    assert answer.known is known
    assert "PyTorch's index of each wheel variant" in answer.source


def test_a_wheel_that_left_the_variant_is_told(read_wheel_by_wheel):
    answer = torch_wheel(read_wheel_by_wheel, "2.6.0", "cu126", "3.9", "linux/amd64")
    assert "was gone on 2026-11-23" in answer.fact


def test_a_variant_that_vanished_is_no_release_to_go_to(read_wheel_by_wheel):
    assert first_with_variant(load_facts(), "cu126") == "2.6.0"
    assert first_with_variant(read_wheel_by_wheel, "cu126") == "2.6.0"
    table = committed("torch")
    row = table["releases"]["2.6.0"]["variants"]["cu126"]
    row.update(pythons=[], platforms=[], wheels={})
    assert first_with_variant(facts_with("torch", table), "cu126") == "2.7.0"
    answer = torch_wheel(facts_with("torch", table), "2.6.0", "cu126", "3.11", "linux/amd64")
    assert answer.known is Known.ABSENT


def test_a_new_torch_is_present_where_pypi_has_it_and_unknown_elsewhere(page):
    table = committed("torch")
    before = copy.deepcopy(table)
    del table["releases"]["2.15.0"]
    names = [
        wheel(name, row["pypi"]["variant"], python, "manylinux1_x86_64").replace(
            f"+{row['pypi']['variant']}", ""
        )
        for name, row in before["releases"].items()
        for python in row["pypi"]["pythons"]
    ]
    inside = Bundled(cuda_runtime="13.2.2", cudnn=None, nccl=None, triton=None)
    told = {"2.15.0": Told(bundled=inside, companions={})}
    found = merge_pypi(table, page("torch", *names), told, DAY)
    facts = facts_with("torch", dated(found.table, DAY, {torch.SOURCE: torch.TITLE}))

    def ask(variant, python):
        return torch_wheel(facts, "2.15.0", variant, python, "linux/amd64").known

    assert ask("cu132", "3.15t") is Known.PRESENT
    assert ask("cu132", "3.10") is Known.UNKNOWN
    assert ask("cu126", "3.14") is Known.UNKNOWN
    assert ask("cpu", "3.14") is Known.UNKNOWN
