"""CuPy kernels for the two inner loops of the synthesis. Imports CuPy; only ever imported on a GPU.

What NumPy does in a dozen passes over memory, each of these does in one: the passes are what the
synthesis waits for on a GPU. The formulas are those of draws.py, to the last operation; the two
agree to rounding (tests/trainer/test_synthesis.py holds them against each other).
"""

from typing import Any

import cupy

_NORMAL = cupy.ElementwiseKernel(
    "uint64 key, uint64 counter",
    "complex64 drawn",
    """
    unsigned long long bits = key + counter;
    bits ^= bits >> 30;
    bits *= 0xBF58476D1CE4E5B9ULL;
    bits ^= bits >> 27;
    bits *= 0x94D049BB133111EBULL;
    bits ^= bits >> 31;
    const float radius = (static_cast<float>(bits >> 40) + 0.5f) * 5.9604644775390625e-8f;
    const float angle = static_cast<float>(bits & 0xFFFFFFULL) * 3.7450702829239286e-7f;
    const float length = sqrtf(-logf(radius));
    float sine, cosine;
    sincosf(angle, &sine, &cosine);
    drawn = complex<float>(cosine * length, sine * length);
    """,
    "imagewright_complex_normal",
)

_ROTATION = cupy.ElementwiseKernel(
    "float32 angle",
    "complex64 turned",
    """
    float sine, cosine;
    sincosf(angle, &sine, &cosine);
    turned = complex<float>(cosine, sine);
    """,
    "imagewright_rotation",
)


def complex_normal(keys: Any, counters: Any) -> Any:  # noqa: ANN401  (CuPy arrays: it has no types)
    """Return a complex normal for each pair of a key (rows) and a counter (columns)."""
    return _NORMAL(keys[:, None], counters[None, :])


def rotation(angle: Any) -> Any:  # noqa: ANN401  (CuPy arrays: it has no types)
    """Return exp(i · angle) as complex64; another float type is rounded to float32 first."""
    return _ROTATION(angle.astype(cupy.float32, copy=False))
