"""Whether the engine can give a container a GPU, and how it is asked for one.

Imports model, errors and Docker's SDK.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from docker.types import DeviceRequest

from validation.errors import BadInput, WorldFailed
from validation.model import Image

GpuMode = Literal["auto", "require", "never"]
"""auto: where the engine has one; require: or it is an error; never: not even there."""

CDI_DEVICE = "nvidia.com/gpu=all"


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """What containers are asked to be given, or `missing`: why there is nothing to ask for."""

    requests: tuple[DeviceRequest, ...] = ()
    missing: str = ""


def _has_cdi_spec(folders: list[str]) -> bool:
    """Return True when a CDI specification here speaks of NVIDIA's GPUs.

    Docker before 28.3 does not tell its CDI devices; its folders are looked at instead.
    """
    for folder in folders:
        for spec in sorted(Path(folder).glob("*")):
            try:
                if spec.suffix in {".json", ".yaml"} and "nvidia.com/gpu" in spec.read_text():
                    return True
            except (OSError, UnicodeDecodeError):
                continue
    return False


def find_gpu(info: Mapping[str, Any]) -> Gpu:
    """Return how the engine that gave `info` (`docker info`) is asked for all its GPUs."""
    if "nvidia" in (info.get("Runtimes") or {}):
        return Gpu(requests=(DeviceRequest(count=-1, capabilities=[["gpu"]]),))
    devices = {device.get("ID") for device in info.get("DiscoveredDevices") or ()}
    if CDI_DEVICE in devices or _has_cdi_spec(info.get("CDISpecDirs") or []):
        return Gpu(requests=(DeviceRequest(driver="cdi", device_ids=[CDI_DEVICE]),))
    return Gpu(missing=f"no GPU: the engine has neither NVIDIA's runtime nor {CDI_DEVICE} by CDI")


def gpu_for(image: Image, mode: GpuMode, info: Mapping[str, Any]) -> Gpu:
    """Return what an image's container is given.

    Raises `WorldFailed` when a GPU is required and the engine has none, `BadInput` when it is
    required of an image that computes on the CPU.
    """
    found = find_gpu(info)
    if mode == "require" and found.missing:
        raise WorldFailed(
            found.missing,
            hint="look for a GPU on the engine's host (nvidia-smi) and give it NVIDIA's Container "
            "Toolkit or a CDI specification, or leave --gpu require out",
        )
    if image.device == "cpu":
        if mode == "require":
            raise BadInput(
                f"--gpu require, but {image.id} computes on the CPU",
                hint="select images with a cuda axis: imagewright plan lists them",
            )
        return Gpu(missing="the image computes on the CPU")
    return Gpu(missing="GPU checks were switched off: --gpu never") if mode == "never" else found
