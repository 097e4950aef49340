"""How far a GPU's result may be from the reference, and in which precision it was computed.

Pure; imports model only. Errors are ‖out - reference‖ / ‖reference‖ against float64, for normal
random inputs.

u is a format's unit roundoff (Higham, Accuracy and Stability of Numerical Algorithms, table 2.1;
NVIDIA A100 architecture white paper for TF32's 10 bits of fraction). Rounding both operands of a
product to a format gives an error of 0.5 to 1.4 u, by rounding or by cutting off, whatever the
number of summands, because they are added in float32. From u/4 to 2u is therefore that format and
no other: TF32's range ends where bfloat16's begins, and float32 is far below both. A mode that is
asked for and not used shows, as does one that is used and was not asked for.

In float32 the error grows with the summands: at most λ·√n·u for random signs (Higham & Mary 2019,
"A New Approach to Probabilistic Rounding Error Analysis"), of which λ = 4 is taken. cuDNN may
convolve by Winograd's transforms, which cost up to a decimal digit (Lavin & Gray 2015, "Fast
Algorithms for Convolutional Neural Networks"): tenfold there, below TF32 up to 2600 summands.
"""

import math

UNIT_ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24, "tf32": 2.0**-11, "bfloat16": 2.0**-8}
_LAMBDA = 4.0
_WINOGRAD = 10.0


def tolerance(mode: str, summands: int, *, convolution: bool = False) -> tuple[float, float]:
    """Return the least and the largest error that a correct result in `mode` has."""
    unit = UNIT_ROUNDOFF[mode]
    if mode in {"tf32", "bfloat16"}:
        return unit / 4, 2 * unit
    return 0.0, _LAMBDA * math.sqrt(summands) * unit * (_WINOGRAD if convolution else 1.0)


def problem(mode: str, error: float, summands: int, *, convolution: bool = False) -> str:
    """Return what is wrong with an error, an empty string where it is as it should be."""
    least, largest = tolerance(mode, summands, convolution=convolution)
    if not math.isfinite(error):
        return f"{mode}: the result is not finite"
    if error > largest:
        return f"{mode}: error {error:.1e}, at most {largest:.1e} is right"
    if error < least:
        return f"{mode}: error {error:.1e} is below {least:.1e}: it was not computed in {mode}"
    return ""
