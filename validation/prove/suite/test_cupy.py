"""CuPy's own way to CUDA, told without a GPU and without torch, which would pave it."""

from typing import Any

import pytest

from validation.model import Image
from validation.prove.suite.given import Probe, Tell


@pytest.fixture
def compiled(probe: Probe, image: Image) -> dict[str, Any]:
    """What CuPy loads and compiles for the oldest and the newest GPU of the fleet."""
    if image.cupy is None:
        pytest.skip("the image has no CuPy")
    gpus = sorted((gpu.removeprefix("sm_") for gpu in image.fleet.gpus), key=int)
    answer = probe("cupy_compile", *dict.fromkeys([gpus[0], gpus[-1]] if gpus else ["80"]))
    assert not answer["torch_imported"], "the probe has imported torch: it proves nothing"
    return answer


def test_finds_its_libraries(compiled: dict[str, Any]) -> None:
    """CuPy loads cuBLAS, cuFFT, cuRAND, cuSOLVER, cuSPARSE and NCCL without torch's help."""
    missing = [text for text in compiled["libraries"].values() if text]
    assert not missing, "; ".join(missing)


def test_compiles_without_a_gpu(compiled: dict[str, Any], measured: Tell) -> None:
    """CuPy finds CUDA's headers and NVRTC makes PTX: every kernel of its own needs both.

    From CUDA 12.2 a wheel without the runtime's headers imports well and fails at the first kernel.
    """
    failed = {sm: each["error"] for sm, each in compiled["compiled"].items() if each["error"]}
    assert not failed, "; ".join(f"sm_{sm}: {text}" for sm, text in failed.items())
    targets = [each["target"] for each in compiled["compiled"].values()]
    assert targets == [f"sm_{sm}" for sm in compiled["compiled"]], f"the PTX is for {targets}"
    measured(f"CuPy {compiled['cupy']}, NVRTC {compiled['nvrtc']}, PTX for {', '.join(targets)}")


def test_keeps_its_kernels(compiled: dict[str, Any]) -> None:
    """The user can write where CuPy keeps compiled kernels, the root being read-only.

    It raises at the first kernel where it cannot.
    """
    cache = compiled["cache"]
    assert cache["writable"], f"{cache['folder']} cannot be written: set CUPY_CACHE_DIR"
