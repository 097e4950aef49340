"""What an image for GPUs was built with, told without one."""

from typing import Any

import pytest

from validation.facts.load import load_facts
from validation.model import Image
from validation.prove.architectures import only_by_ptx, read_flags, without_code
from validation.prove.required import refusals, requirements
from validation.prove.suite.given import Described, Probe, Tell


@pytest.fixture(autouse=True)
def _cuda(image: Image) -> None:
    if image.device == "cpu":
        pytest.skip("the image computes on the CPU")


@pytest.fixture
def built(probe: Probe, image: Image) -> dict[str, Any]:
    """What torch says it was built for."""
    if image.torch is None:
        pytest.skip("the image has no torch")
    return probe("torch_build")


def test_torch_computes_on_gpus(built: dict[str, Any], image: Image, measured: Tell) -> None:
    """Torch is a CUDA build of the declared variant: pip may leave a CPU one that looks alike."""
    version, local = built["version"], built["version"].partition("+")[2]
    assert built["cuda"] is not None, f"torch {version} is built for the CPU"
    assert built["backend"], f"torch {version} lacks libtorch_cuda.so"
    named = local.startswith(("cu", "cpu"))  # NGC's builds name a commit there
    assert not named or local == image.variant, f"declared {image.variant}, torch is {version}"
    measured(f"torch {version}, cuDNN {built['cudnn']}, NCCL {built['nccl']}")


def test_code_covers_the_fleet(
    built: dict[str, Any], image: Image, measured: Tell, note: Tell
) -> None:
    """Torch has a binary or PTX for every GPU of the fleet; on another one no kernel starts.

    Binaries run within a major and upward, PTX on all that is newer.
    """
    flags = built["arch_flags"]
    assert flags, f"torch {built['version']} has no code for GPUs at all"
    code = read_flags(flags)
    missing = without_code(image.fleet.gpus, code)
    measured(flags)
    assert not missing, f"no code for {', '.join(missing)}: torch is compiled for {flags}"
    slow = only_by_ptx(image.fleet.gpus, code)
    if slow:
        note(
            f"{', '.join(slow)} run PTX, which the driver compiles at the first start of each host"
        )


def test_requirement_accepts_the_fleet(described: Described, image: Image, note: Tell) -> None:
    """NVIDIA_REQUIRE_CUDA refuses no driver of the fleet: the container would not start there."""
    stated = requirements(described.environment)
    if not stated:
        pytest.skip("the base states no NVIDIA_REQUIRE_CUDA: no driver is refused at the start")
    if not image.fleet.drivers:
        pytest.skip("the matrix declares no drivers for the fleet")
    refused = refusals(load_facts(), stated, image.fleet)
    shown = " and ".join(each if len(each) < 80 else f"{each[:77]}…" for each in stated)
    assert not refused.drivers, f"driver {', '.join(refused.drivers)} is refused: {shown}"
    if refused.passing:
        note(f"hosts with the short-lived driver {', '.join(refused.passing)} are refused: {shown}")
