"""GPUs as the driver's own library tells them, by a library of the same shape that is none."""

import ctypes
import json

import pytest

from validation.prove.devices import describe_gpus, read_devices
from validation.prove.probes import gpu_devices


class Libcuda:
    """The driver of a host with two H200, or one that refuses a call."""

    def __init__(self, *, count: int = 2, refuses: str = "", status: int = 999) -> None:
        self.count, self.refuses, self.status = count, refuses, status

    def __getattr__(self, name):
        if not name.startswith("cu"):
            raise AttributeError(name)
        if name == self.refuses:
            return lambda *_: self.status
        return getattr(self, f"_{name}")

    def _cuInit(self, _flags):  # noqa: N802  (the driver's own names)
        return 0

    def _write(self, target, value):
        target._obj.value = value
        return 0

    def _cuDriverGetVersion(self, found):  # noqa: N802
        return self._write(found, 13000)

    def _cuDeviceGetCount(self, found):  # noqa: N802
        return self._write(found, self.count)

    def _cuDeviceGet(self, found, at):  # noqa: N802
        return self._write(found, at)

    def _cuDeviceGetName(self, text, _size, _device):  # noqa: N802
        text.value = b"NVIDIA H200"
        return 0

    def _cuDeviceTotalMem_v2(self, found, _device):  # noqa: N802
        return self._write(found, 150_000_000_000)

    def _cuDeviceGetAttribute(self, found, attribute, _device):  # noqa: N802
        return self._write(found, {75: 9, 76: 0, 16: 132}[attribute])


def asked(monkeypatch, capsys, library):
    def load(name):
        if name != "libcuda.so.1" or library is None:
            raise OSError(f"{name}: cannot open shared object file")
        return library

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(gpu_devices, "driver_version", lambda: "580.95.05")
    gpu_devices.main()
    return capsys.readouterr().out


def test_gpus_are_told_as_a_receipt_wants_them(monkeypatch, capsys, image):
    facts = read_devices(asked(monkeypatch, capsys, Libcuda()), image)
    assert facts is not None
    assert facts.names == ("NVIDIA H200", "NVIDIA H200")
    assert facts.capabilities == ("sm_90", "sm_90")
    assert (facts.driver, facts.driver_cuda) == ("580.95.05", "13.0")
    assert facts.memory == 150_000_000_000
    assert describe_gpus(facts) == "2 x NVIDIA H200, driver 580.95.05"


@pytest.mark.parametrize(
    ("library", "says"),
    [
        (None, "not in the container"),
        (Libcuda(count=0), "sees no GPU"),
        (Libcuda(refuses="cuInit", status=100), "CUDA_ERROR_NO_DEVICE"),
        (Libcuda(refuses="cuInit", status=803), "do not fit together"),
        (Libcuda(refuses="cuDeviceGetCount", status=7), "cuDeviceGetCount: CUDA error 7"),
    ],
)
def test_why_nothing_is_seen_is_told(monkeypatch, capsys, image, library, says):
    text = asked(monkeypatch, capsys, library)
    assert says in json.loads(text)["error"]
    assert read_devices(text, image) is None


def test_output_that_is_no_answer_is_no_gpu(image):
    assert read_devices("Traceback (most recent call last):", image) is None
    assert read_devices("[]", image) is None
    assert "none is there" in describe_gpus(None)
