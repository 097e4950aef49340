"""What may be asked for, and its bounds. Imports pydantic and settings; no torch.

The bounds keep one request from filling memory or disk: a step of 4,096 examples takes about 1 GB,
a million steps leave about 130 MB of metrics.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from trainer.settings import SEEDS, Training

_DEFAULT = Training()


def _whole(value: object) -> object:
    """Take 600.0 for 600, as JSON Schema's "integer" does; leave the rest to the strict check."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Steps = Annotated[Whole, Field(ge=1, le=1_000_000)]


class JobRequest(BaseModel):
    """One training; what is left out has the trainer's default."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seed: Annotated[Whole, Field(ge=0, lt=SEEDS.stop)] = _DEFAULT.seed
    steps: Steps = _DEFAULT.steps
    batch: Annotated[Whole, Field(ge=1, le=4096)] = _DEFAULT.batch
    learning_rate: Rate = _DEFAULT.learning_rate
    warm_up: Annotated[Whole, Field(ge=0, le=1_000_000)] = _DEFAULT.warm_up
    weight_decay: Rate = _DEFAULT.weight_decay
    clip: Annotated[float, Field(gt=1e-6, le=1e6, allow_inf_nan=False)] = _DEFAULT.clip
    validate_every: Steps = _DEFAULT.validate_every
    validation_examples: Annotated[Whole, Field(ge=1, le=8192)] = _DEFAULT.validation_examples
    checkpoint_every: Steps = _DEFAULT.checkpoint_every
    patience: Annotated[Whole, Field(ge=0, le=1_000_000)] = _DEFAULT.patience
    compiled: bool = _DEFAULT.compiled

    def settings(self) -> Training:
        """Return the trainer's settings."""
        return Training(**self.model_dump())
