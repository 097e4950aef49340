"""Where the work runs: the torch device, its array module, and a proof that it computes.

Imports torch, and CuPy where the device is a GPU and CuPy is installed.
"""

import ctypes
import importlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from trainer.errors import WorldFailed

CHOICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, kw_only=True)
class Device:
    """A torch device and the array module that synthesises its data."""

    torch: torch.device
    arrays: ModuleType
    name: str

    @property
    def is_gpu(self) -> bool:
        """Return True for CUDA."""
        return self.torch.type == "cuda"

    @property
    def synthesises_on_cpu(self) -> bool:
        """Return True where NumPy makes the data: for the CPU, and for a GPU without CuPy."""
        return self.arrays is np

    @property
    def has_bfloat16(self) -> bool:
        """Return True where bfloat16 is in hardware (compute capability 8.0 and up)."""
        return self.is_gpu and torch.cuda.get_device_capability(self.torch) >= (8, 0)


def choose_device(wish: str) -> Device:
    """Return the device for "auto" (a GPU where one answers), "cpu" or "cuda".

    Raises `WorldFailed` where CUDA is asked for and is not there. Also sets torch to one CPU
    thread: the network is so small that threads mostly wait for each other (two of them on two
    busy cores were seen to take 40 times as long), and one thread adds in the same order anywhere.
    """
    torch.set_num_threads(1)
    if wish == "cpu" or (wish == "auto" and not torch.cuda.is_available()):
        return Device(torch=torch.device("cpu"), arrays=np, name="cpu")
    if not torch.cuda.is_available():
        reason = (
            "this torch is built without CUDA"
            if torch.version.cuda is None
            else "no GPU answers: no device in the container, or a driver too old for this CUDA"
        )
        raise WorldFailed(
            f"device cuda was asked for: {reason}",
            hint="start the container with --gpus all, or ask for --device cpu",
        )
    torch.backends.cudnn.deterministic = True  # the same seed gives the same curve, resumed or not
    chosen = torch.device("cuda", torch.cuda.current_device())
    arrays = importlib.import_module("cupy") if importlib.util.find_spec("cupy") else np
    return Device(torch=chosen, arrays=arrays, name=torch.cuda.get_device_name(chosen))


def to_torch(array: Any, device: Device) -> torch.Tensor:  # noqa: ANN401  (NumPy or CuPy)
    """Hand an array over by DLPack: no copy where it is on the device already.

    DLPack and not `from_numpy`, which torch 2.2 refuses with NumPy 2.
    """
    return torch.utils.dlpack.from_dlpack(array).to(device.torch)


def to_numpy(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    """Return a tensor as a NumPy array, by DLPack as well; copied only from a GPU."""
    return np.from_dlpack(tensor.detach().cpu())


def probe(device: Device) -> None:
    """Multiply two small integer matrices on the device; raises `WorldFailed` unless exact.

    Small integers are exact in every float format and every summation order, so that equality is
    the right comparison.
    """
    left = torch.arange(64, dtype=torch.float32).reshape(8, 8)
    right = left.flip(0) % 7
    try:
        product = (left.to(device.torch) @ right.to(device.torch)).cpu()
    except (RuntimeError, AssertionError) as error:  # torch.cuda raises both
        first = str(error).strip().splitlines()[0]
        raise WorldFailed(f"device {device.torch} does not compute: {first}") from error
    expected = (left.to(torch.int64)[:, :, None] * right.to(torch.int64)[None]).sum(dim=1)
    if not torch.equal(product.to(torch.int64), expected):
        raise WorldFailed(f"device {device.torch} computes wrongly: 8x8 product differs")


def driver_version() -> str | None:
    """Return the NVIDIA driver's version as the kernel module states it, None without one.

    Asks the management library where a container does not show the module's file.
    """
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _managed_driver_version()
    found = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", text)
    return found.group(1) if found else None


def _managed_driver_version() -> str | None:
    told = ctypes.create_string_buffer(80)  # NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        if library.nvmlInit_v2() or library.nvmlSystemGetDriverVersion(told, len(told)):
            return None
    except (OSError, AttributeError):
        return None
    return told.value.decode(errors="replace") or None


def describe(device: Device) -> dict[str, Any]:
    """Return what a person asks about a device: its kind, name, capability and driver."""
    told: dict[str, Any] = {"used": device.torch.type, "name": device.name}
    if device.is_gpu:
        major, minor = torch.cuda.get_device_capability(device.torch)
        told |= {"capability": f"{major}.{minor}", "driver": driver_version()}
    return told
