"""The front end: IQ samples of all receivers → what the network reads. Imports scene, NumPy.

Pure array code over `xp` (NumPy, or CuPy on a GPU), shared by training and by the inference
service, so that the ONNX file needs no complex numbers and no Fourier transform:

    correlation  (B, pairs, lags)  |cross-correlation| of each pair of receivers, 0 … 1
    level        (B, receivers)    power in the band, in bels over the noise (1 bel = 10 dB)

The correlation is the cross-spectrum inside the band, taken to the lag domain (generalised
cross-correlation: Knapp and Carter, IEEE Trans. ASSP 24(4), 1976) and divided by both powers. Its
magnitude is used because the receivers' carrier phases are unknown to each other. The peak's lag
is a difference of arrival times: a hyperbola. Levels add the rough range that path loss tells.
"""

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from trainer.scene import Scene
from trainer.synthesis import in_band

VERSION = 1  # raised whenever the same IQ gives other features: a model is bound to its front end

_TINY = np.float32(1e-12)  # a silent capture has a finite level and no correlation, not NaN


def features(
    xp: ModuleType, scene: Scene, iq: NDArray[np.complex64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (correlation, level) of IQ with shape (B, receivers, samples); float32, C order.

    correlation's last axis holds lags -reach … reach-1 in samples; a positive lag means that the
    pair's first receiver heard it later.
    """
    inside = xp.asarray(in_band(scene, scene.samples))
    spectrum = xp.fft.fft(iq, axis=-1).astype(np.complex64) * inside
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=-1)
    first, second = (list(side) for side in zip(*scene.pairs, strict=True))
    cross = spectrum[:, first] * spectrum[:, second].conj()
    correlation = xp.abs(xp.fft.ifft(cross, axis=-1))
    around_zero = xp.concatenate(
        [correlation[..., -scene.reach :], correlation[..., : scene.reach]], axis=-1
    )
    amplitude = xp.sqrt(power)  # before the product: a product of powers can overflow float32
    strongest = (amplitude[:, first] * amplitude[:, second])[..., None] / scene.samples
    normalised = around_zero / xp.maximum(strongest, _TINY)
    # Parseval: power of the samples in the band, per sample, over the noise's share of the band
    noise = scene.samples**2 * scene.bandwidth / scene.sample_rate
    level = xp.log10(xp.maximum(power / np.float32(noise), _TINY))
    return (
        xp.ascontiguousarray(normalised, dtype=np.float32),
        xp.ascontiguousarray(level, dtype=np.float32),
    )
