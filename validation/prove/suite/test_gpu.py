"""The GPU, where the image is made for one and the container has been given one."""

import pytest

from validation.facts.load import load_facts
from validation.matrix.constraints.drivers import driver as driver_constraint
from validation.model import Image
from validation.prove.suite.given import Probe, Tell, modules_of

pytestmark = pytest.mark.usefixtures("gpu")


def test_is_visible(probe: Probe, image: Image, measured: Tell) -> None:
    """The driver shows GPUs to the container, and torch sees as many."""
    seen = probe("gpu_devices")
    devices = seen["devices"]
    names = dict.fromkeys(device["name"] for device in devices)
    measured(f"{len(devices)} x {', '.join(names)}, driver {seen['driver']}")
    if image.torch is not None:
        by_torch = (probe("imports", *modules_of(image))["torch"] or {}).get("devices") or []
        assert len(by_torch) == len(devices), f"torch sees {len(by_torch)} of {len(devices)} GPUs"


def test_is_of_the_fleet(probe: Probe, image: Image, measured: Tell) -> None:
    """Every GPU is of a declared architecture; on another one nothing was promised."""
    devices = probe("gpu_devices")["devices"]
    wrong = [
        f"{each['name']} ({each['capability']})"
        for each in devices
        if each["capability"] not in image.fleet.gpus
    ]
    assert not wrong, f"not in the declared fleet: {', '.join(wrong)}"
    measured(", ".join(dict.fromkeys(each["capability"] for each in devices)))


def test_driver_runs_this_cuda(probe: Probe, image: Image, measured: Tell, note: Tell) -> None:
    """The driver is as new as the image's CUDA needs, by the rule that the resolver goes by.

    Minor-version compatibility: any driver of the CUDA major's first one on, but for PTX.
    """
    seen = probe("gpu_devices")
    found = seen["driver"]
    assert found, "neither /proc/driver/nvidia/version nor NVML tells the driver's version"
    reasons = driver_constraint(
        load_facts(),
        cuda=image.cuda or "",
        drivers=f"=={found}",
        gpus=tuple(each["capability"] for each in seen["devices"]),
        torch=image.torch,
        base=image.source,
    )
    assert not reasons, "; ".join(f"{reason.message} ({reason.fact})" for reason in reasons)
    measured(f"driver {found} (CUDA {seen['driver_cuda']}) runs CUDA {image.cuda}")
    newest = tuple(map(int, seen["driver_cuda"].split(".")))
    if newest < tuple(map(int, (image.cuda or "0.0").split("."))):
        note(f"the driver is older than CUDA {image.cuda}: minor-version compatibility")
