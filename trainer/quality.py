"""How good a model is, in figures a person can read. Imports torch, model, batches."""

from dataclasses import dataclass

import torch

from trainer.batches import Batch
from trainer.model import Locator, negative_log_likelihood
from trainer.scene import Scene


@dataclass(frozen=True, kw_only=True)
class Validation:
    """How good a model is on examples it never trains on; errors in metres."""

    loss: float  # Gaussian NLL in nats per coordinate
    error: float  # mean distance between estimate and truth
    median_error: float
    within_two_sigma: float  # share of coordinates; 0.954 is ideal (Gaussian)

    def as_dict(self) -> dict[str, float]:
        """Return the figures under the names that metrics and smoke.json use."""
        return {
            "loss": self.loss,
            "error_m": self.error,
            "median_error_m": self.median_error,
            "within_two_sigma": self.within_two_sigma,
        }


def validate(model: Locator, examples: Batch, scene: Scene) -> Validation:
    """Measure a model in float32 on examples it has not trained on."""
    with torch.no_grad():
        position, log_variance = model(examples.correlation, examples.level)
        loss = negative_log_likelihood(position, log_variance, examples.position)
        miss = position - examples.position
        distance = torch.linalg.vector_norm(miss, dim=1) * scene.half_side
        within = miss.abs() <= 2 * torch.exp(0.5 * log_variance)
    return Validation(
        loss=float(loss),
        error=float(distance.mean()),
        median_error=float(distance.median()),
        within_two_sigma=float(within.float().mean()),
    )
