"""The front end: what it measures must be what the geometry says. NumPy only."""

from dataclasses import replace

import numpy as np
import pytest

from trainer.features import features
from trainer.scene import SPEED_OF_LIGHT
from trainer.synthesis import synthesise


def test_the_peak_is_at_the_difference_of_arrival_times(scene):
    loud = replace(scene, snr_range=(40.0, 40.0))
    iq, position = synthesise(np, loud, seed=0, stream=1, first=0, count=64)
    correlation, _ = features(np, loud, iq)
    away = position[:, None, :] * loud.half_side - np.asarray(loud.receivers)
    arrival = np.hypot(away[..., 0], away[..., 1]) / SPEED_OF_LIGHT * loud.sample_rate
    for pair, (first, second) in enumerate(loud.pairs):
        lag = correlation[:, pair].argmax(axis=-1) - loud.reach
        expected = arrival[:, first] - arrival[:, second]
        assert np.abs(lag - expected).max() <= 1.0  # a peak lies on the nearest or next sample


def test_levels_are_bels_over_the_noise_in_the_band(scene):
    quiet = replace(scene, snr_range=(-200.0, -200.0))
    iq, _ = synthesise(np, quiet, seed=0, stream=1, first=0, count=200)
    _, level = features(np, quiet, iq)
    assert level.mean() == pytest.approx(0.0, abs=0.02)
    _, louder = features(np, quiet, iq * np.float32(10**0.5))
    np.testing.assert_allclose(louder - level, 1.0, atol=1e-5)


def test_shapes_types_and_range(scene):
    iq, _ = synthesise(np, scene, seed=0, stream=1, first=0, count=5)
    correlation, level = features(np, scene, iq)
    assert correlation.shape == (5, len(scene.pairs), 2 * scene.reach)
    assert level.shape == (5, len(scene.receivers))
    assert correlation.dtype == level.dtype == np.float32
    assert correlation.min() >= 0
    assert correlation.max() <= 1 + 1e-5


def test_correlation_does_not_depend_on_loudness_or_carrier_phase(scene):
    iq, _ = synthesise(np, scene, seed=0, stream=1, first=0, count=3)
    turned = iq * (np.arange(1, 6) * np.exp(1j * np.arange(5))).astype(np.complex64)[:, None]
    np.testing.assert_allclose(
        features(np, scene, turned)[0], features(np, scene, iq)[0], atol=1e-5
    )


@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e6])
def test_silence_and_overload_stay_finite(scene, scale):
    iq, _ = synthesise(np, scene, seed=0, stream=1, first=0, count=2)
    for part in features(np, scene, iq / np.abs(iq).max() * np.float32(scale)):
        assert np.isfinite(part).all()


def test_no_difference_of_arrival_lies_outside_the_lags(scene):
    corners = np.asarray([[x, y] for x in (-1, 1) for y in (-1, 1)]) * 10 * scene.half_side
    away = corners[:, None, :] - np.asarray(scene.receivers)
    arrival = np.hypot(away[..., 0], away[..., 1]) / SPEED_OF_LIGHT * scene.sample_rate
    widest = max(np.abs(arrival[:, i] - arrival[:, j]).max() for i, j in scene.pairs)
    assert widest < scene.reach - 1
    assert scene.reach % 4 == 0
