"""How a training run goes: its numbers, and what the environment tells. Standard library only."""

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from trainer.errors import BadInput

SEEDS = range(2**63)


@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of one run; part of its checkpoint, so that a resume continues the same curve."""

    seed: int = 0
    steps: int = 600
    batch: int = 64
    learning_rate: float = 3e-3  # peak: linear warm-up, then half a cosine down to 0
    warm_up: int = 30
    weight_decay: float = 1e-2
    clip: float = 5.0  # largest gradient norm that a step uses
    validate_every: int = 100
    validation_examples: int = 1024
    checkpoint_every: int = 200
    patience: int = 0  # validations without a better loss before stopping early; 0 never stops
    compiled: bool = False  # torch.compile: other roundings, so a part of what a run is

    def __post_init__(self) -> None:
        """Raise `BadInput` where a number makes no sense."""
        may_be_zero = {"learning_rate", "weight_decay", "warm_up", "patience", "seed", "compiled"}
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in may_be_zero else 1e-9
            if not least <= value < SEEDS.stop:
                raise BadInput(f"{field.name} of {value} is out of range")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> "Training":
        """Rebuild settings from `as_dict`; raises `BadInput`."""
        if not isinstance(values, dict) or set(values) != {field.name for field in fields(cls)}:
            raise BadInput("not settings of this trainer: their fields differ")
        for field in fields(cls):
            if not isinstance(values[field.name], (int, float) if field.type is float else int):
                raise BadInput(f"not settings of this trainer: {field.name} is of the wrong type")
        return cls(**values)


def image_id() -> str | None:
    """Return the id of the image this runs in, None outside of one."""
    return os.environ.get("IMAGEWRIGHT_IMAGE") or None


def revision() -> str | None:
    """Return the source revision the image was built from, None where it was not told."""
    told = os.environ.get("IMAGEWRIGHT_REVISION") or None
    return None if told == "unknown" else told


def data_folder() -> Path:
    """Return the writable data folder."""
    return Path(os.environ.get("IMAGEWRIGHT_DATA") or "/var/lib/imagewright")


def model_path() -> Path:
    """Return the ONNX file that the inference service answers with."""
    return Path(os.environ.get("IMAGEWRIGHT_MODEL") or data_folder() / "model.onnx")


def job_niceness() -> int:
    """Return how far a job's process steps back, so that the service on its cores answers first."""
    return number_told("IMAGEWRIGHT_NICE", 10, range(20))


def number_told(name: str, default: int, allowed: range) -> int:
    """Return an environment variable's whole number; raises `BadInput` outside of `allowed`."""
    told = os.environ.get(name) or str(default)
    if not (told.isascii() and told.isdigit() and int(told) in allowed):
        raise BadInput(f"{name}={told!r} is not a number from {allowed.start} to {allowed[-1]}")
    return int(told)


def bind_address() -> tuple[str, int]:
    """Return host and port of the service; raises `BadInput` for what is no port."""
    port = number_told("IMAGEWRIGHT_PORT", 8002, range(65536))
    # All addresses by default: inside a container, only its own network reaches them.
    return os.environ.get("IMAGEWRIGHT_HOST") or "0.0.0.0", port  # noqa: S104
