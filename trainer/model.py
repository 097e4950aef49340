"""The network: features of all receivers → a position and how sure it is. Imports torch, scene.

A pure `nn.Module` of convolutions and matrix products, so that every ONNX exporter takes it. The
correlations are an image, pairs by lags: small convolutions along the lags read every pair with the
same weights (two-dimensional, as cuDNN's channels-last kernels are; 8 and 16 channels, as tensor
cores want), dense layers then fuse the hyperbolas and the levels into a position.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from trainer.scene import Scene

INPUTS = ("correlation", "level")
OUTPUTS = ("position", "log_variance")

# Log variance in squared half sides, for deviations between 0.0025 and 2.7 half sides: one wild
# example cannot make the likelihood overflow, and the network cannot claim more than samples hold.
_CENTRE, _SPAN = -5.0, 7.0
_IGNORANT = math.log(1 / 3)  # the variance of a coordinate uniform over -1 … 1


class Locator(nn.Module):
    """Reads correlation (B, pairs, lags) and level (B, receivers), both float32.

    Returns position (B, 2) in half sides of the scene's square, and log variance (B, 2) of each
    coordinate in squared half sides.
    """

    def __init__(
        self, scene: Scene, *, filters: int = 8, channels: int = 16, width: int = 128
    ) -> None:
        super().__init__()
        self.lags = 2 * scene.reach
        self.flat = len(scene.pairs) * channels * (self.lags // 4)
        self.filters = nn.Sequential(
            nn.Conv2d(1, filters, kernel_size=(1, 9), stride=(1, 2), padding=(0, 4)),
            nn.GELU(),
            nn.Conv2d(filters, channels, kernel_size=(1, 5), stride=(1, 2), padding=(0, 2)),
            nn.GELU(),
        )
        self.fuse = nn.Sequential(
            nn.Linear(self.flat + len(scene.receivers), width),
            nn.GELU(),
            nn.Linear(width, width),
            nn.GELU(),
        )
        self.head = nn.Linear(width, 4)
        with torch.no_grad():  # start as unsure as one who knows nothing, not surer
            self.head.bias[2:] = _SPAN * math.atanh((_IGNORANT - _CENTRE) / _SPAN)

    def encode(self, correlation: Tensor, level: Tensor) -> Tensor:
        """Return the fused features (B, width); the part that may run in bfloat16."""
        # Scaled to about unit size: correlations are mostly small, levels lie around 1 bel.
        pairs = 4 * correlation.unsqueeze(1)
        found = self.filters(pairs).reshape(-1, self.flat)
        return cast("Tensor", self.fuse(torch.cat([found, level - 1], dim=1)))

    def decide(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """Return position and log variance; in float32, as bfloat16 steps are 8 m near the edge."""
        raw = self.head(fused)
        return raw[:, :2], _CENTRE + _SPAN * torch.tanh(raw[:, 2:] / _SPAN)

    def forward(self, correlation: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        return self.decide(self.encode(correlation, level))


def negative_log_likelihood(position: Tensor, log_variance: Tensor, truth: Tensor) -> Tensor:
    """Return the mean Gaussian NLL per coordinate, in nats; the constant ½ ln 2π included.

    Negative values are normal: a density in units of half sides exceeds 1.
    """
    misfit = (position - truth) ** 2 * torch.exp(-log_variance)
    return 0.5 * (log_variance + misfit).mean() + 0.5 * math.log(2 * math.pi)


def parameters_of(model: nn.Module) -> int:
    """Return how many numbers the model learns."""
    return sum(parameter.numel() for parameter in model.parameters())
