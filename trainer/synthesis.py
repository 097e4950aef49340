"""IQ samples of one emitter at several receivers, synthesised. Imports scene, draws, NumPy.

Written over an array module `xp` (NumPy, or CuPy on a GPU): the same lines run on both, and the
same seed gives the same samples to rounding. Steps, each a function with its physics:

    draw_emitters     where, how fast, how loud, how far off frequency; each receiver's phase
    propagate         distances → delay, amplitude, frequency shift and phase of every link
    draw_spectrum     what was sent: band-limited noise, one Fourier coefficient per bin
    receive           spectrum and links → samples; a fractional delay is a phase slope
    synthesise        all of it, plus receiver noise

Amplitudes are in units of the receivers' noise: every sample has complex noise of power 1, so that
power in the band over bandwidth/sample_rate is the signal-to-noise ratio.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer import draws
from trainer.scene import SPEED_OF_LIGHT, Scene

_EMITTER, _WAVEFORM, _NOISE = 1, 2, 3  # purposes of an example's draws

Reals = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class Emitters:
    """One emitter per example; B examples, R receivers."""

    position: Reals  # (B, 2) m
    velocity: Reals  # (B, 2) m/s
    snr: Reals  # (B,) dB at the scene's reference distance
    offset: Reals  # (B,) Hz, the emitter's oscillator error
    phase: Reals  # (B, R) rad, the receivers' oscillators: they share a clock, not a phase


@dataclass(frozen=True, kw_only=True)
class Links:
    """The path from each example's emitter to each receiver, all of shape (B, R)."""

    delay: Reals  # s
    amplitude: Reals  # ratio to the noise's standard deviation
    shift: Reals  # Hz, Doppler and oscillator error together
    phase: Reals  # rad, carrier phase at the start of the block


def synthesise(
    xp: ModuleType, scene: Scene, *, seed: int, stream: int, first: int, count: int
) -> tuple[NDArray[np.complex64], NDArray[np.float32]]:
    """Return IQ (count, receivers, samples) and true positions (count, 2) in half sides."""
    keys = draws.example_keys(xp, seed=seed, stream=stream, first=first, count=count)
    emitters = draw_emitters(xp, scene, keys)
    spectrum = draw_spectrum(xp, scene, keys)
    iq = receive(xp, scene, spectrum, propagate(xp, scene, emitters))
    noise = draws.complex_normal(xp, draws.purpose_keys(keys, _NOISE), iq[0].size)
    iq += noise.reshape(iq.shape)
    return iq, (emitters.position / scene.half_side).astype(np.float32)


def draw_emitters(xp: ModuleType, scene: Scene, keys: NDArray[np.uint64]) -> Emitters:
    """Draw position, velocity, loudness, frequency error and phases, each uniform in its range."""
    receivers = len(scene.receivers)
    draw = draws.uniform(xp, draws.purpose_keys(keys, _EMITTER), 6 + receivers)
    heading = 2 * np.pi * draw[:, 2]
    direction = xp.stack([xp.cos(heading), xp.sin(heading)], axis=-1)
    low, high = scene.snr_range
    return Emitters(
        position=(2 * draw[:, :2] - 1) * scene.half_side,
        velocity=scene.top_speed * draw[:, 3:4] * direction,
        snr=low + (high - low) * draw[:, 4],
        offset=(2 * draw[:, 5] - 1) * scene.oscillator_error,
        phase=2 * np.pi * draw[:, 6:],
    )


def propagate(xp: ModuleType, scene: Scene, emitters: Emitters) -> Links:
    """Turn geometry into links: log-distance path loss, delay d/c, Doppler v·f/c."""
    receivers = xp.asarray(scene.receivers, dtype=np.float64)
    away = emitters.position[:, None, :] - receivers  # from receiver to emitter
    distance = xp.maximum(xp.sqrt((away**2).sum(axis=-1)), scene.closest)
    delay = distance / SPEED_OF_LIGHT
    loss = 10 * scene.path_loss_exponent * xp.log10(distance / scene.reference_distance)
    receding = (away * emitters.velocity[:, None, :]).sum(axis=-1) / distance
    return Links(
        delay=delay,
        amplitude=10 ** ((emitters.snr[:, None] - loss) / 20),
        shift=emitters.offset[:, None] - receding * (scene.carrier / SPEED_OF_LIGHT),
        # float64 on purpose: the carrier turns thousands of times on the way
        phase=emitters.phase - 2 * np.pi * scene.carrier * delay,
    )


def draw_spectrum(xp: ModuleType, scene: Scene, keys: NDArray[np.uint64]) -> NDArray[np.complex64]:
    """Return the sent waveform's DFT (B, block): flat in the band, zero outside.

    Scaled so that a link of amplitude 1 has the power bandwidth/sample_rate, which is the noise's
    power inside the band: amplitude² is the signal-to-noise ratio in the band.
    """
    inside = np.flatnonzero(in_band(scene, scene.block))
    filled = len(inside)
    spectrum = xp.zeros((len(keys), scene.block), dtype=np.complex64)
    scale = np.float32(scene.block * np.sqrt(scene.bandwidth / scene.sample_rate / filled))
    drawn = draws.complex_normal(xp, draws.purpose_keys(keys, _WAVEFORM), filled)
    spectrum[:, xp.asarray(inside)] = drawn * scale
    return spectrum  # type: ignore[no-any-return]


def receive(
    xp: ModuleType, scene: Scene, spectrum: NDArray[np.complex64], links: Links
) -> NDArray[np.complex64]:
    """Return what arrives without noise, (B, receivers, samples).

    A delay of any fraction of a sample is exp(-2πi·f·delay) on the spectrum. That delay is
    circular over the block; the guards on either side are cut off, so that what remains is a piece
    of a longer transmission and nothing wraps.
    """
    frequency = xp.asarray(np.fft.fftfreq(scene.block, 1 / scene.sample_rate), dtype=np.float32)
    time = xp.arange(scene.samples, dtype=np.float32) / np.float32(scene.sample_rate)
    slope = (-2 * np.pi * links.delay).astype(np.float32)[..., None] * frequency
    delayed = xp.fft.ifft(spectrum[:, None, :] * draws.rotation(xp, slope), axis=-1)
    seen = delayed[..., scene.guard : scene.guard + scene.samples].astype(np.complex64)
    drift = (2 * np.pi * links.shift).astype(np.float32)[..., None] * time
    seen *= draws.rotation(xp, drift)
    start = links.phase % (2 * np.pi)  # reduced in float64, before it becomes float32
    gain = draws.rotation(xp, start) * links.amplitude
    seen *= gain.astype(np.complex64)[..., None]
    return seen  # type: ignore[no-any-return]


def in_band(scene: Scene, bins: int) -> NDArray[np.bool_]:
    """Return which of `bins` DFT bins lie inside the emitter's band, shape (bins,)."""
    inside: NDArray[np.bool_] = (
        np.abs(np.fft.fftfreq(bins, 1 / scene.sample_rate)) <= scene.bandwidth / 2
    )
    return inside
