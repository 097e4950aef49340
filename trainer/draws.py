"""Random numbers that are a pure function of (seed, stream, index): no state, any array module.

Each example has its own key, and draw k of an example is a hash of the key and k. So example i is
the same in every batch it appears in, on NumPy and on CuPy (to rounding), and after a resume; no
generator state has to be stored. The hash is SplitMix64's finaliser (Steele, Lea, Flood: "Fast
splittable pseudorandom number generators", OOPSLA 2014, variant 13 of Stafford's mixers).
"""

import importlib
import math
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRAINING, VALIDATION, PARITY = 1, 2, 3  # streams: no example of one is ever seen in another

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: spreads consecutive counters
_COUNTER = 0xD1342543DE82EF95  # another (Steele and Vigna 2021): keys and counters differ


def example_keys(
    xp: ModuleType, *, seed: int, stream: int, first: int, count: int
) -> NDArray[np.uint64]:
    """Return the keys of examples first … first+count-1 of a stream, shape (count,)."""
    root = _mix_integer((_mix_integer(seed & _MASK) + stream * _COUNTER) & _MASK)
    index = xp.arange(first, first + count, dtype=np.uint64)
    return _mix(index * np.uint64(_GOLDEN) + np.uint64(root))


def purpose_keys(keys: NDArray[np.uint64], purpose: int) -> NDArray[np.uint64]:
    """Return independent keys for one purpose (waveform, noise …) of the same examples."""
    return _mix(keys ^ np.uint64(_mix_integer(purpose)))


def uniform(xp: ModuleType, keys: NDArray[np.uint64], count: int) -> NDArray[np.float64]:
    """Return (len(keys), count) values in [0, 1), on a grid of 2^-53."""
    draws: NDArray[np.float64] = (_bits(xp, keys, count) >> np.uint64(11)) * 2.0**-53
    return draws


def complex_normal(xp: ModuleType, keys: NDArray[np.uint64], count: int) -> NDArray[np.complex64]:
    """Return (len(keys), count) circular complex normals with mean 0 and E|z|² = 1.

    Box-Muller over 24 bits of radius and 24 bits of angle, so |z| ≤ sqrt(25 ln 2) ≈ 4.16: the tail
    beyond that has probability 3e-8.
    """
    if xp is not np:
        drawn: NDArray[np.complex64] = _on_gpu().complex_normal(keys, _counters(xp, count))
        return drawn
    bits = _bits(xp, keys, count)
    radius = ((bits >> np.uint64(40)).astype(np.float32) + np.float32(0.5)) * np.float32(2**-24)
    angle = (bits & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2 * math.pi * 2**-24)
    result: NDArray[np.complex64] = rotation(xp, angle)
    result *= xp.sqrt(-xp.log(radius))
    return result


def rotation(xp: ModuleType, angle: NDArray[np.floating[Any]]) -> NDArray[np.complex64]:
    """Return exp(i · angle) as complex64; about twice as fast as a complex exponential."""
    if xp is not np:
        turned: NDArray[np.complex64] = _on_gpu().rotation(angle)
        return turned
    result: NDArray[np.complex64] = xp.empty(angle.shape, dtype=np.complex64)
    result.real = xp.cos(angle)
    result.imag = xp.sin(angle)
    return result


def _bits(xp: ModuleType, keys: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    return _mix(keys[:, None] + _counters(xp, count))


def _counters(xp: ModuleType, count: int) -> NDArray[np.uint64]:
    return xp.arange(1, count + 1, dtype=np.uint64) * np.uint64(_COUNTER)  # type: ignore[no-any-return]


def _on_gpu() -> Any:  # noqa: ANN401  (a module)
    """Return the fused kernels, which need CuPy: imported where a GPU is at work only."""
    return importlib.import_module("trainer.kernels")


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser on every element; works in place on its own copy."""
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _mix_integer(value: int) -> int:
    """Do what `_mix` does to one Python integer (NumPy warns when a scalar wraps round)."""
    value = (value + _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
