"""Present, absent and unknown: what the facts answer, and that they never guess."""

import pytest

from validation.facts.load import load_facts
from validation.facts.questions import (
    first_with_variant,
    glibc_needed,
    package_wheel,
    release_in,
    torch_release,
    torch_wheel,
)
from validation.facts.records import Known
from validation.facts.versions import spelled

FACTS = load_facts()
AMD64, ARM64 = "linux/amd64", "linux/arm64"


@pytest.mark.parametrize(
    ("torch", "variant", "python", "platform", "known"),
    [
        ("2.6.0", "cu126", "3.11", AMD64, Known.PRESENT),
        ("2.5.0", "cu126", "3.11", AMD64, Known.ABSENT),
        ("2.5.0", "cu124", "3.8", AMD64, Known.ABSENT),
        ("2.5.0", "cu124", "3.11", ARM64, Known.ABSENT),
        ("2.6.0", "cu126", "3.11", ARM64, Known.PRESENT),
        ("2.15.0", "cu132", "3.11", AMD64, Known.PRESENT),
        ("2.15.0", "cu132", "3.10", AMD64, Known.UNKNOWN),
        ("2.15.0", "cu130", "3.11", AMD64, Known.UNKNOWN),
        ("2.15.0", "cpu", "3.11", AMD64, Known.UNKNOWN),
        ("2.14.0", "cu126", "3.11", AMD64, Known.UNKNOWN),
        ("2.14.0", "cu130", "3.11", AMD64, Known.PRESENT),
        ("2.14.0", "cu128", "3.11", AMD64, Known.ABSENT),
        ("2.13.0", "cpu", "3.15", AMD64, Known.PRESENT),
        ("2.9.0", "cu130", "3.14t", AMD64, Known.UNKNOWN),
        ("2.9.0", "cu128", "3.14t", AMD64, Known.PRESENT),
        ("2.6.1", "cu126", "3.11", AMD64, Known.ABSENT),
        ("2.16.0", "cu132", "3.11", AMD64, Known.UNKNOWN),
        ("2.10.0.dev20260101", "cu126", "3.11", AMD64, Known.UNKNOWN),  # in the nightly index
        ("2.7.0rc1", "cu126", "3.11", AMD64, Known.UNKNOWN),
        ("2.7.9", "cu126", "3.11", AMD64, Known.ABSENT),
        ("1.13.1", "cu117", "3.10", AMD64, Known.UNKNOWN),
        ("2.6", "cu126", "3.11", AMD64, Known.PRESENT),
    ],
)
def test_torch_wheels(torch, variant, python, platform, known):
    answer = torch_wheel(FACTS, torch, variant, python, platform)
    assert answer.known is known
    assert answer.fact
    assert answer.source


def test_an_absent_variant_names_the_first_release_and_the_newest_variant():
    fact = torch_wheel(FACTS, "2.5.0", "cu126", "3.11", AMD64).fact
    assert "first torch with cu126 is 2.6.0" in fact
    assert "newest variant is cu124" in fact
    assert first_with_variant(FACTS, "cu126") == "2.6.0"
    assert first_with_variant(FACTS, "cu127") is None


def test_an_absent_python_names_the_first_release_that_has_it():
    fact = torch_wheel(FACTS, "2.8.0", "cu126", "3.14", AMD64).fact
    assert "the first torch with cu126 and Python 3.14 is 2.9.0" in fact


@pytest.mark.parametrize(
    ("package", "release", "python", "known"),
    [
        ("numpy", "1.26.4", "3.12", Known.PRESENT),
        ("numpy", "1.26.4", "3.13", Known.ABSENT),
        ("numpy", "2.4.0", "3.12", Known.ABSENT),  # yanked
        ("numpy", "9.0.0", "3.12", Known.UNKNOWN),
        ("onnx", "1.23.2", "3.13", Known.PRESENT),  # cp312-abi3
        ("onnx", "1.23.2", "3.14t", Known.PRESENT),
        ("onnx", "1.23.2", "3.13t", Known.ABSENT),  # a stable ABI is not for free-threaded builds
        ("onnx", "1.23.2", "3.9", Known.ABSENT),
        ("onnxruntime", "1.32.0", "3.11", Known.PRESENT),
        ("onnxruntime", "1.32.0", "3.10", Known.ABSENT),
        ("torchvision", "0.29.2", "3.11", Known.PRESENT),  # py3-none
    ],
)
def test_package_wheels(package, release, python, known):
    assert package_wheel(FACTS.package(package), release, python, AMD64).known is known


def test_glibc_of_a_wheel():
    releases = FACTS.package("numpy").releases
    assert glibc_needed(releases["1.26.4"], "3.11", AMD64) == "2.17"
    assert glibc_needed(releases["2.4.6"], "3.11", AMD64) == "2.27"
    assert glibc_needed(releases["2.4.6"], "3.9", AMD64) is None


def test_a_release_is_found_however_it_is_spelled():
    assert torch_release(FACTS, "2.5") is torch_release(FACTS, "2.5.0") is not None
    assert release_in(FACTS.package("numpy").releases, "2.4.06") is not None
    assert spelled("not a version", FACTS.torch.releases) is None
