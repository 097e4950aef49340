"""The physics of the synthesised samples, measured on the samples. NumPy only."""

import json
from dataclasses import replace

import numpy as np
import pytest

from trainer import draws
from trainer.errors import BadInput
from trainer.features import features
from trainer.scene import SPEED_OF_LIGHT, Scene
from trainer.synthesis import (
    Emitters,
    Links,
    draw_emitters,
    draw_spectrum,
    in_band,
    propagate,
    receive,
    synthesise,
)


def keys(count, seed=0, stream=1):
    return draws.example_keys(np, seed=seed, stream=stream, first=0, count=count)


def links(delay, *, amplitude=1.0, shift=0.0):
    """Return links with these delays in samples at 2 MHz and no phase, shape (1, len(delay))."""
    delay = np.asarray([delay], dtype=np.float64) / 2e6
    same = np.ones_like(delay)
    return Links(delay=delay, amplitude=same * amplitude, shift=same * shift, phase=same * 0)


def emitters(position, *, snr=20.0, velocity=(0.0, 0.0)):
    position = np.asarray(position, dtype=np.float64)
    count = len(position)
    return Emitters(
        position=position,
        velocity=np.tile(np.asarray(velocity, dtype=np.float64), (count, 1)),
        snr=np.full(count, snr),
        offset=np.zeros(count),
        phase=np.zeros((count, 5)),
    )


def test_same_seed_gives_the_same_samples_and_another_seed_others(scene):
    def make(seed):
        return synthesise(np, scene, seed=seed, stream=1, first=0, count=3)

    for one, same, other in zip(make(7), make(7), make(8), strict=True):
        assert one.tobytes() == same.tobytes()
        assert not np.isclose(one, other).all(axis=tuple(range(1, one.ndim))).any()


def test_an_example_does_not_depend_on_the_batch_it_is_in(scene):
    many, _ = synthesise(np, scene, seed=1, stream=2, first=0, count=9)
    few, _ = synthesise(np, scene, seed=1, stream=2, first=4, count=2)
    np.testing.assert_allclose(many[4:6], few, rtol=0, atol=1e-5)


def test_streams_share_no_example():
    drawn = [keys(10_000, stream=stream) for stream in (draws.TRAINING, draws.VALIDATION)]
    assert not set(drawn[0].tolist()) & set(drawn[1].tolist())


def test_uniform_and_normal_draws_have_their_moments():
    uniform = draws.uniform(np, keys(500), 400)
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=0.003)
    assert uniform.var() == pytest.approx(1 / 12, abs=0.001)
    normal = draws.complex_normal(np, keys(500), 400)
    assert abs(normal.mean()) < 0.01
    assert (np.abs(normal) ** 2).mean() == pytest.approx(1, abs=0.01)
    assert abs((normal**2).mean()) < 0.01  # circular: real and imaginary equal and independent
    assert (np.abs(normal) ** 4).mean() == pytest.approx(2, abs=0.05)  # Gaussian, not merely unit
    neighbours = (normal[:, 1:] * normal[:, :-1].conj()).mean()
    assert abs(neighbours) < 0.01


@pytest.mark.parametrize("delay", [0.25, 7.0, 33.6])
def test_a_delay_is_a_phase_slope_across_the_band(scene, delay):
    spectrum = draw_spectrum(np, scene, keys(1))
    undelayed, delayed = receive(np, scene, spectrum, links([0.0, delay]))[0]
    # Long captures differ from a circular shift only at the edges, so weight the bins by power.
    cross = np.fft.fft(delayed) * np.fft.fft(undelayed).conj()
    frequency = np.fft.fftfreq(scene.samples, 1 / scene.sample_rate)
    trial = np.linspace(delay - 1, delay + 1, 2001)
    turned = cross * np.exp(2j * np.pi * np.outer(trial / scene.sample_rate, frequency))
    measured = trial[np.abs(turned.sum(axis=1)).argmax()]
    assert measured == pytest.approx(delay, abs=0.05)


def test_a_delayed_capture_is_an_earlier_piece_of_the_same_transmission(scene):
    spectrum = draw_spectrum(np, scene, keys(1))
    sent = np.fft.ifft(spectrum[0])
    for delay in (0, 30, scene.guard):
        seen = receive(np, scene, spectrum, links([float(delay)]))[0, 0]
        start = scene.guard - delay  # never negative: nothing wraps from the block's end into view
        np.testing.assert_allclose(seen, sent[start : start + scene.samples], atol=1e-4)


def test_a_frequency_shift_turns_the_samples_at_its_rate(scene):
    spectrum = draw_spectrum(np, scene, keys(1))
    still = receive(np, scene, spectrum, links([0.0]))[0, 0]
    moved = receive(np, scene, spectrum, links([0.0], shift=400.0))[0, 0]
    phase = np.unwrap(np.angle(moved * still.conj()))
    measured = np.polyfit(np.arange(scene.samples) / scene.sample_rate, phase, 1)[0] / (2 * np.pi)
    assert measured == pytest.approx(400.0, rel=1e-3)


def test_delay_is_distance_over_the_speed_of_light(scene):
    found = propagate(np, scene, emitters([[0.0, 0.0]]))
    expected = [np.hypot(x, y) / SPEED_OF_LIGHT for x, y in scene.receivers]
    np.testing.assert_allclose(found.delay[0], expected, rtol=1e-12)


@pytest.mark.parametrize("exponent", [2.0, 2.5, 3.5])
def test_received_power_falls_with_the_path_loss_exponent(scene, exponent):
    listening = replace(scene, path_loss_exponent=exponent)
    places = np.random.default_rng(0).uniform(-2000, 2000, (200, 2))
    found = propagate(np, listening, emitters(places))
    decades = np.log10(found.delay * SPEED_OF_LIGHT / 1000).ravel()
    slope, at_reference = np.polyfit(decades, 20 * np.log10(found.amplitude).ravel(), 1)
    assert slope == pytest.approx(-10 * exponent, rel=1e-6)
    assert at_reference == pytest.approx(20.0, abs=1e-6)  # the SNR asked for, at 1 km


def test_doppler_is_speed_over_wavelength_and_positive_when_approaching(scene):
    x, y = scene.receivers[0]
    towards = emitters([[x + 1000.0, y]], velocity=(-30.0, 0.0))
    found = propagate(np, scene, towards)
    assert found.shift[0, 0] == pytest.approx(30 * scene.carrier / SPEED_OF_LIGHT, rel=1e-9)


@pytest.mark.parametrize("snr", [0.0, 10.0, 25.0])
def test_the_signal_to_noise_ratio_in_the_band_is_the_one_asked_for(scene, snr):
    spectrum = draw_spectrum(np, scene, keys(200))
    amplitude = 10 ** (snr / 20)
    clean = receive(np, scene, np.tile(spectrum, (1, 1)), links([5.3], amplitude=amplitude))
    signal = (np.abs(clean) ** 2).mean()
    noise_in_band = scene.bandwidth / scene.sample_rate  # of power 1 over the sample rate
    assert 10 * np.log10(signal / noise_in_band) == pytest.approx(snr, abs=0.2)


def test_noise_has_power_one_and_fills_all_frequencies(scene):
    silent = replace(scene, snr_range=(-200.0, -200.0))
    iq, _ = synthesise(np, silent, seed=3, stream=1, first=0, count=50)
    assert (np.abs(iq) ** 2).mean() == pytest.approx(1, abs=0.02)
    inside = in_band(scene, scene.samples)
    power = (np.abs(np.fft.fft(iq)) ** 2).mean(axis=(0, 1)) / scene.samples
    assert power[inside].mean() == pytest.approx(power[~inside].mean(), rel=0.05)


def test_signal_stays_in_its_band(scene):
    spectrum = draw_spectrum(np, scene, keys(4))
    assert (spectrum[:, ~in_band(scene, scene.block)] == 0).all()
    assert (spectrum[:, in_band(scene, scene.block)] != 0).all()


def test_emitters_fill_the_square_and_their_ranges(scene):
    drawn = draw_emitters(np, scene, keys(4000))
    assert np.abs(drawn.position).max() <= scene.half_side
    assert drawn.position.std() == pytest.approx(scene.half_side / np.sqrt(3), rel=0.03)
    assert drawn.snr.min() == pytest.approx(10, abs=0.1)
    assert drawn.snr.max() == pytest.approx(30, abs=0.1)
    assert np.hypot(*drawn.velocity.T).max() <= scene.top_speed


def test_the_same_lines_run_on_another_array_module(scene):
    cupy = pytest.importorskip("cupy", reason="CuPy is in GPU images only")
    try:
        there_is_one = cupy.cuda.is_available()
    except cupy.cuda.runtime.CUDARuntimeError:  # CUDA, and no driver
        there_is_one = False
    if not there_is_one:
        pytest.skip("no GPU")
    here, truth = synthesise(np, scene, seed=5, stream=1, first=0, count=64)
    there, same = synthesise(cupy, scene, seed=5, stream=1, first=0, count=64)
    loudest = np.abs(here).max(axis=(1, 2), keepdims=True)
    assert (np.abs(there.get() - here) / loudest).max() < 1e-5  # float32 rounding, per capture
    np.testing.assert_allclose(same.get(), truth, atol=1e-6)
    for mine, its in zip(features(np, scene, here), features(cupy, scene, there), strict=True):
        np.testing.assert_allclose(its.get(), mine, atol=1e-4)


def test_a_scene_whose_numbers_contradict_each_other_is_refused(scene):
    for change in ({"guard": 10}, {"bandwidth": 3e6}, {"receivers": scene.receivers[:2]}):
        with pytest.raises(BadInput):
            replace(scene, **change)


def test_a_scene_survives_json(scene):
    assert Scene.from_dict(json.loads(json.dumps(scene.as_dict()))) == scene
