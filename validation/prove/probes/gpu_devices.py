"""Prints the GPUs that the driver shows to this container, and the driver itself.

Asks libcuda, the driver's own library, by ctypes: what is seen does not depend on torch or CuPy,
and runs in an image that has neither. Where nothing is seen, `error` says why.

Prints {"devices": [{"name", "capability": "sm_90", "memory": bytes, "processors"}],
"driver": "580.95.05" or null, "driver_cuda": "13.0" or null, "error": ""}.
"""

import ctypes
import json
import re
from pathlib import Path
from typing import Any

# CUdevice_attribute in cuda.h; part of the driver's ABI
MAJOR, MINOR, PROCESSORS = 75, 76, 16
MESSAGES = {
    35: "the driver is too old for this libcuda (cudaErrorInsufficientDriver)",
    100: "the driver sees no GPU (CUDA_ERROR_NO_DEVICE)",
    802: "the GPUs' fabric is not ready (CUDA_ERROR_SYSTEM_NOT_READY): nvidia-fabricmanager?",
    803: "libcuda and the kernel's driver do not fit together (CUDA_ERROR_SYSTEM_DRIVER_MISMATCH)",
    999: "unknown driver error (CUDA_ERROR_UNKNOWN): are /dev/nvidia-uvm and /dev/nvidiactl there?",
}


class DriverError(Exception):
    """The driver's library is not there, or a call of it failed."""


class Driver:
    """The few calls of libcuda that are needed; raises `DriverError`."""

    def __init__(self) -> None:
        try:
            self.library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise DriverError(f"the driver's library is not in the container: {error}") from error
        self.call("cuInit", 0)

    def call(self, name: str, *arguments: Any) -> None:  # noqa: ANN401  (C arguments)
        """Call a function of the driver."""
        status = int(getattr(self.library, name)(*arguments))
        if status:
            raise DriverError(f"{name}: {MESSAGES.get(status, f'CUDA error {status}')}")

    def number(self, name: str, *arguments: Any) -> int:  # noqa: ANN401  (C arguments)
        """Return the integer that a function writes to its first argument."""
        found = ctypes.c_int()
        self.call(name, ctypes.byref(found), *arguments)
        return found.value

    def device(self, at: int) -> dict[str, Any]:
        """Return what is printed of one GPU."""
        handle = self.number("cuDeviceGet", at)
        name = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", name, 256, handle)
        memory = ctypes.c_size_t()
        self.call("cuDeviceTotalMem_v2", ctypes.byref(memory), handle)
        major = self.number("cuDeviceGetAttribute", MAJOR, handle)
        minor = self.number("cuDeviceGetAttribute", MINOR, handle)
        return {
            "name": name.value.decode(errors="replace"),
            "capability": f"sm_{major}{minor}",
            "memory": memory.value,
            "processors": self.number("cuDeviceGetAttribute", PROCESSORS, handle),
        }


def driver_version() -> str | None:
    """Return the kernel driver's version, from /proc, or else as NVML tells it."""
    try:
        text = Path("/proc/driver/nvidia/version").read_text(errors="replace")
        found = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", text)
        if found:
            return found[1]
    except OSError:
        pass
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    version = ctypes.create_string_buffer(80)
    if nvml.nvmlInit_v2() or nvml.nvmlSystemGetDriverVersion(version, 80):
        return None
    return version.value.decode()


def main() -> None:
    """Print what is seen."""
    told: dict[str, Any] = {"devices": [], "driver": driver_version(), "driver_cuda": None}
    try:
        driver = Driver()
        number = driver.number("cuDriverGetVersion")
        told["driver_cuda"] = f"{number // 1000}.{number % 1000 // 10}"
        count = driver.number("cuDeviceGetCount")
        told["devices"] = [driver.device(at) for at in range(count)]
        told["error"] = "" if count else "the driver sees no GPU"
    except DriverError as error:
        told["error"] = str(error)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
