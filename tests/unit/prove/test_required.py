"""What NVIDIA_REQUIRE_CUDA refuses, read as NVIDIA's container runtime reads it."""

import pytest

from validation.facts.load import load_facts
from validation.model import Fleet
from validation.prove.required import Host, accepts, cuda_of, refusals, requirements

BRANDS = ("unknown", "grid", "tesla", "nvidia", "quadro", "quadrortx", "nvidiartx", "vapps", "vpc")


def stated(cuda: str, *branches: int) -> str:
    """Return a requirement as nvidia/cuda's images have it: cuda, or a branch for some brand."""
    ranges = [
        f"brand={brand},driver>={branch},driver<{branch + 1}"
        for branch in branches
        for brand in BRANDS
    ]
    return " ".join([f"cuda>={cuda}", *ranges])


CUDA_12_6_3 = stated("12.6", 470, 535, 550)


def fleet(drivers: str, *gpus: str) -> Fleet:
    return Fleet(drivers=drivers, gpus=gpus or ("sm_75", "sm_90"))


def host(driver: str, cuda: str | None = None) -> Host:
    return Host(driver=driver, cuda=cuda, gpus=("sm_75", "sm_90"))


def test_alternatives_are_apart_by_spaces_and_conditions_by_commas():
    assert accepts(CUDA_12_6_3, host("560.28.03", "12.6"))
    assert accepts(CUDA_12_6_3, host("535.54.03", "12.2"))
    assert not accepts(CUDA_12_6_3, host("525.60.13", "12.0"))
    assert not accepts(CUDA_12_6_3, host("536.0", "12.2"))


@pytest.mark.parametrize(
    ("requirement", "held"),
    [
        ("arch>=7.5", True),
        ("arch>=8.0", False),  # the fleet has a T4
        ("cuda>=12.10", False),  # not a decimal number
        ("driver=535,cuda!=12.3", True),
        ("nonsense>=1", False),
    ],
)
def test_conditions(requirement, held):
    assert accepts(requirement, host("535", "12.2")) is held


def test_a_driver_that_is_not_known_meets_no_cuda():
    assert not accepts("cuda>=9.0", host("100", None))


def test_the_newest_cuda_of_a_driver():
    facts = load_facts()
    assert cuda_of(facts, "535") == "12.2"
    assert cuda_of(facts, "560.35.05") == "12.6"
    assert cuda_of(facts, "580") == "13.0"
    assert cuda_of(facts, "390") is None


def test_long_branches_count_and_short_ones_are_told():
    refused = refusals(load_facts(), [CUDA_12_6_3], fleet(">=535"))
    assert refused.drivers == ()
    assert refused.passing == ("545", "555")


def test_the_fleets_oldest_driver_counts():
    refused = refusals(load_facts(), [CUDA_12_6_3], fleet(">=525"))
    assert refused.drivers == ("525",)


def test_a_base_without_alternatives_refuses_the_long_branch():
    refused = refusals(load_facts(), ["cuda>=12.6"], fleet(">=535"))
    assert refused.drivers == ("535",)


def test_all_variables_must_be_met():
    refused = refusals(load_facts(), [CUDA_12_6_3, "arch>=9.0"], fleet(">=580"))
    assert "580" in refused.drivers


def test_variables_are_found_by_their_prefix():
    environment = {"NVIDIA_REQUIRE_CUDA": "cuda>=12.6 ", "NVIDIA_REQUIRE_ARCH": "", "PATH": "/bin"}
    assert requirements(environment) == ("cuda>=12.6",)
