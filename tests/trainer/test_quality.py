"""The figures that proofs rest on, against hand-made estimates. Needs torch."""
# ruff: noqa: E402  (an image without torch skips the module before it imports any of it)

import math

import pytest

torch = pytest.importorskip("torch", reason="the inference image has no torch, by design")

from trainer.batches import Batch
from trainer.model import Locator, negative_log_likelihood
from trainer.quality import validate


def examples(position):
    nothing = torch.zeros(len(position), 1)
    return Batch(correlation=nothing, level=nothing, position=torch.tensor(position))


def test_errors_are_metres_and_coverage_is_counted_per_coordinate(scene):
    truth = examples([[0.0, 0.0], [0.5, -0.5], [0.2, 0.2]])
    miss = torch.tensor([[0.03, 0.04], [0.06, 0.08], [0.0, 0.0]])
    deviation = torch.full_like(miss, 0.025)
    found = validate(lambda *_: (truth.position + miss, 2 * deviation.log()), truth, scene)
    assert found.error == pytest.approx((100 + 200 + 0) / 3, rel=1e-4)  # of 2000 m half sides
    assert found.median_error == pytest.approx(100, rel=1e-4)
    assert found.within_two_sigma == pytest.approx(4 / 6)
    expected = -torch.distributions.Normal(0.0, deviation).log_prob(miss).mean()
    assert found.loss == pytest.approx(float(expected), rel=1e-4)


def test_an_untrained_network_knows_that_it_knows_nothing(scene):
    torch.manual_seed(1)
    shape = (256, len(scene.pairs), 2 * scene.reach)
    position, log_variance = Locator(scene)(torch.rand(shape), torch.rand(256, 5))
    assert log_variance.mean().item() == pytest.approx(math.log(1 / 3), abs=0.3)
    truth = torch.rand(256, 2) * 2 - 1
    ignorance = 0.5 * math.log(2 * math.pi * math.e / 3)  # best Gaussian for a uniform: 0.87 nats
    loss = negative_log_likelihood(position, log_variance, truth).item()
    assert loss == pytest.approx(ignorance, abs=0.15)
