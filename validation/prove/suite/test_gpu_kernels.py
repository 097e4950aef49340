"""Kernels that really run on the GPU, against references in double precision."""

from typing import Any

import pytest

from validation.model import Image
from validation.prove.precision import problem, tolerance
from validation.prove.suite.given import Probe, Tell

pytestmark = pytest.mark.usefixtures("gpu")


@pytest.fixture
def torch_run(probe: Probe, image: Image) -> dict[str, Any]:
    """The errors of torch's kernels, by operation and precision mode."""
    if image.torch is None:
        pytest.skip("the image has no torch to compute with")
    return probe("gpu_torch")


@pytest.fixture
def cupy_run(probe: Probe, image: Image) -> dict[str, Any]:
    """The errors of CuPy's kernels, by operation."""
    if image.cupy is None:
        pytest.skip("the image has no CuPy")
    return probe("gpu_cupy")


def _shown(run: dict[str, Any], errors: dict[str, float]) -> str:
    text = ", ".join(f"{name} {error:.1e}" for name, error in errors.items())
    return f"{text} (seed {run['seed']})"


def _judge(run: dict[str, Any], operation: str, measured: Tell) -> None:
    errors, summands = run["errors"][operation], run["summands"][operation]
    convolution = operation == "convolution"
    measured(_shown(run, errors))
    wrong = [
        text
        for mode, error in errors.items()
        if (text := problem(mode, error, summands, convolution=convolution))
    ]
    assert not wrong, "; ".join(wrong)


def test_matmul_is_right(torch_run: dict[str, Any], measured: Tell) -> None:
    """Torch multiplies matrices right by cuBLAS, in the precision asked for.

    float32, TF32 and bfloat16 have errors of their own sizes: a mode that is silently another one
    shows.
    """
    _judge(torch_run, "matmul", measured)


def test_convolution_is_right(torch_run: dict[str, Any], measured: Tell) -> None:
    """Torch convolves right by cuDNN, in the precision that was asked for."""
    _judge(torch_run, "convolution", measured)


def test_cupy_computes(cupy_run: dict[str, Any], measured: Tell) -> None:
    """CuPy compiles and runs a kernel, and cuBLAS, cuFFT and cuSOLVER are right without torch."""
    errors = cupy_run["errors"]
    measured(_shown(cupy_run, errors))
    # an FFT's and a solution's errors grow slower than a sum's; the solve is in float64
    single = tolerance("float32", cupy_run["summands"])[1]
    limits = {"solve": tolerance("float64", cupy_run["summands"])[1] * 10}
    wrong = [
        f"{name}: error {error:.1e}, at most {limits.get(name, single):.1e} is right"
        for name, error in errors.items()
        if not error <= limits.get(name, single)
    ]
    assert not wrong, "; ".join(wrong)


def test_torch_and_cupy_share_memory(probe: Probe, image: Image) -> None:
    """DLPack hands arrays over without a copy, both ways: the pointers are one, writes are seen."""
    if image.cupy is None or image.torch is None:
        pytest.skip("the image has not both torch and CuPy")
    answer = probe("gpu_dlpack")
    wrong = [
        f"{way}: not {what}"
        for way in ("torch_to_cupy", "cupy_to_torch")
        for what, held in answer[way].items()
        if not held
    ]
    assert not wrong, "; ".join(wrong)


def test_gpus_sum_together(probe: Probe, image: Image, measured: Tell) -> None:
    """NCCL sums over all GPUs, one process for each, as training on several does."""
    if image.torch is None:
        pytest.skip("the image has no torch")
    count = len(probe("gpu_devices")["devices"])
    if count < 2:
        pytest.skip(f"{count} GPU: a sum over several needs two")
    answer = probe("gpu_nccl")
    assert not answer["failures"], "; ".join(answer["failures"])
    assert answer["ranks"] == count, f"{answer['ranks']} ranks on {count} GPUs"
    assert answer["error"] is not None, "no rank has told its error"
    text = problem("float32", answer["error"], answer["ranks"])
    assert not text, text
    measured(f"{count} GPUs, error {answer['error']:.1e}, bus {answer['bus_gb_per_s']} GB/s")
