"""Runs CuPy's own kernels on the GPU: one compiled now by NVRTC, a matrix product, an FFT, a solve.

Each result is compared with NumPy in double precision by ‖out - reference‖ / ‖reference‖, for the
same fresh random inputs (the seed is printed, and taken as argument to repeat a run). Imports no
torch: CuPy has to find its libraries by itself. Runs inside images that have CuPy.

Prints {"seed", "cupy", "errors": {"kernel", "matmul", "fft", "solve"}, "summands": {…}}.
"""

import json
import os
import sys
from typing import Any

os.environ.setdefault("CUPY_CACHE_IN_MEMORY", "1")  # the kernel is compiled now, not found

import cupy as cp
import numpy as np

SIZE = 1024
SOURCE = r"""
#include <cuda_fp16.h>
extern "C" __global__ void fused(const float* x, const float* y, float* out, int count) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) out[at] = fmaf(x[at], y[at], x[at]);
}
"""


def error(found: Any, reference: Any) -> float:  # noqa: ANN401  (arrays of either package)
    """Return ‖found - reference‖ / ‖reference‖, computed by NumPy."""
    host = cp.asnumpy(found)
    return float(np.linalg.norm(host - reference) / np.linalg.norm(reference))


def kernel(x: Any, y: Any) -> Any:  # noqa: ANN401  (arrays)
    """Compile and run a kernel that computes x·y + x."""
    out = cp.empty_like(x)
    blocks = (x.size + 255) // 256
    cp.RawKernel(SOURCE, "fused")((blocks,), (256,), (x, y, out, np.int32(x.size)))
    return out


def main() -> None:
    """Draw the inputs, compute the references, and print how far the GPU is from them."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else int.from_bytes(os.urandom(4), "little")
    draw = np.random.default_rng(seed)
    x, y = (draw.standard_normal((SIZE, SIZE)).astype(np.float32) for _ in "xy")
    well = x.astype(np.float64) / (4 * SIZE**0.5) + np.eye(SIZE)  # condition number near 2
    one, other = cp.asarray(x), cp.asarray(y)
    wide = x.astype(np.float64), y.astype(np.float64)
    errors = {
        "kernel": error(kernel(one, other), wide[0] * wide[1] + wide[0]),
        "matmul": error(one @ other, wide[0] @ wide[1]),
        "fft": error(cp.fft.fft(one, axis=1), np.fft.fft(wide[0], axis=1)),
        "solve": error(
            cp.linalg.solve(cp.asarray(well), cp.asarray(wide[1])), np.linalg.solve(well, wide[1])
        ),
    }
    print(json.dumps({"seed": seed, "cupy": cp.__version__, "summands": SIZE, "errors": errors}))


if __name__ == "__main__":
    main()
