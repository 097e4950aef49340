"""The GPU, where the image is made for one and the container has been given one."""

import pytest

from validation.model import Image
from validation.prove.case import Case
from validation.prove.suite.given import Probe, modules_of


@pytest.fixture(autouse=True)
def _gpu(case: Case, image: Image) -> None:
    if image.device == "cpu":
        pytest.skip("the image computes on the CPU")
    if case.gpu:
        pytest.skip(case.gpu)


def test_is_of_the_fleet(probe: Probe, image: Image) -> None:
    """Torch sees a GPU of a declared architecture; on another one it would have no kernels."""
    if image.torch is None:
        pytest.skip("the image has no torch to ask")
    devices = (probe("imports", *modules_of(image))["torch"] or {}).get("devices")
    assert devices, "torch sees no GPU"
    wrong = [
        f"{each['name']} ({each['capability']})"
        for each in devices
        if each["capability"] not in image.fleet.gpus
    ]
    assert not wrong, f"not in the declared fleet: {', '.join(wrong)}"


def test_computes(probe: Probe, image: Image) -> None:
    """A matrix product on the GPU agrees with float64 on the CPU: kernels load and are right."""
    if image.torch is None:
        pytest.skip("the image has no torch to compute with")
    error = probe("gpu_product")["relative_error"]
    # float32 with 1024 summands: eps * sqrt(1024) = 4e-6; TF32, if switched on, would give 5e-4.
    assert error < 2e-5, f"the relative error is {error:.2e}"
