"""Which GPUs a container really has, for its receipt: asked of the driver, inside it.

Imports prove's container and receipt. What is wrong with them is for the suite to say.
"""

from pathlib import Path
from typing import Any

import msgspec
from docker.models.containers import Container

from validation.model import Image
from validation.prove.container import command
from validation.prove.receipt import GpuFacts

_PROBE = Path(__file__).parent / "probes" / "gpu_devices.py"
_SECONDS = 60.0
"""The driver may need half a minute to wake GPUs that nothing has used since the host started."""


def ask_devices(container: Container, image: Image) -> GpuFacts | None:
    """Return the GPUs that the driver shows in a running container, None where it shows none.

    Raises as `container.command` does.
    """
    argv = ["python", "-I", "-c", _PROBE.read_text("utf-8")]
    status, text = command(container, argv, _SECONDS, lambda _: None)
    return read_devices(text, image) if status == 0 else None


def read_devices(text: str, image: Image) -> GpuFacts | None:
    """Return what the probe printed as a receipt tells it, None where it told of no GPU."""
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    devices = told.get("devices") or ()
    if not devices:
        return None
    return GpuFacts(
        names=tuple(device["name"] for device in devices),
        capabilities=tuple(device["capability"] for device in devices),
        memory=devices[0]["memory"],
        driver=told["driver"] or "",
        driver_cuda=told["driver_cuda"] or "",
        cuda=image.cuda or "",
    )


def describe_gpus(device: GpuFacts | None) -> str:
    """Return what a container that was given GPUs has, for a person."""
    if device is None:
        return "all GPUs of the engine's host were asked for, and none is there"
    names = ", ".join(dict.fromkeys(device.names))
    return f"{len(device.names)} x {names}, driver {device.driver}"
