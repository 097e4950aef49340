"""The measurement set-up: who listens where, and what the air does. Standard library only.

A scene is part of what a model means (which receiver is which input, what a lag or a unit of
position stands for), so it travels inside checkpoints and ONNX files.
"""

import math
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from typing import Any

from trainer.errors import BadInput

SPEED_OF_LIGHT = 299_792_458.0  # m/s, exact by the definition of the metre


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Receivers that share a clock but no carrier phase, around a square with one emitter in it.

    Lengths in metres, times in seconds, frequencies in hertz, levels in decibels. The defaults are
    a small UHF network: 433.92 MHz, 1.6 MHz wide bursts, captures of 256 µs.
    """

    receivers: tuple[tuple[float, float], ...] = (
        (-2100.0, -1500.0),
        (1900.0, -2000.0),
        (2300.0, 900.0),
        (300.0, 2200.0),
        (-1900.0, 1700.0),
    )
    half_side: float = 2000.0  # the emitter is somewhere in [-half_side, half_side]²
    carrier: float = 433.92e6
    sample_rate: float = 2.0e6
    bandwidth: float = 1.6e6
    samples: int = 512
    guard: int = 64  # samples synthesised on either side and cut off: a delay never wraps into view
    reference_distance: float = 1000.0
    snr_range: tuple[float, float] = (10.0, 30.0)  # at the reference distance, per capture
    path_loss_exponent: float = (
        2.5  # 2 is free space, 2.7 to 3.5 urban cellular (Rappaport, table 4.2)
    )
    closest: float = 10.0  # nearer than this the far-field path loss law does not hold
    top_speed: float = 30.0
    oscillator_error: float = 500.0  # the emitter's carrier is off by up to this, either way

    def __post_init__(self) -> None:
        """Raise `BadInput` where the numbers contradict each other."""
        if len(self.receivers) < 3:
            raise BadInput("a position in the plane needs at least 3 receivers")
        if not 0 < self.bandwidth <= self.sample_rate:
            raise BadInput("bandwidth must be positive and no more than the sample rate")
        if self.guard < self.longest_delay * self.sample_rate:
            raise BadInput(f"guard of {self.guard} samples is shorter than the longest delay")

    @property
    def block(self) -> int:
        """Samples that are synthesised, guards included."""
        return self.samples + 2 * self.guard

    @property
    def longest_delay(self) -> float:
        """Seconds from the farthest corner of the square to the receiver farthest from it."""
        farthest = max(math.hypot(abs(x), abs(y)) for x, y in self.receivers)
        return (farthest + math.sqrt(2) * self.half_side) / SPEED_OF_LIGHT

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every pair of receivers, in the order in which the features list them."""
        return tuple(combinations(range(len(self.receivers)), 2))

    @property
    def reach(self) -> int:
        """Largest lag, in samples, that a pair of receivers can show, with room for the main lobe.

        No difference of arrival exceeds the time between the receivers themselves. Rounded up to a
        multiple of 4 (the network halves the lag axis twice).
        """
        baseline = max(math.dist(self.receivers[i], self.receivers[j]) for i, j in self.pairs)
        lobe = 2 * self.sample_rate / self.bandwidth
        return 4 * math.ceil((baseline / SPEED_OF_LIGHT * self.sample_rate + lobe) / 4)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> "Scene":
        """Rebuild a scene from `as_dict` (lists from JSON included); raises `BadInput`."""
        if not isinstance(values, dict) or set(values) != {field.name for field in fields(cls)}:
            raise BadInput("not a scene of this trainer: its fields differ")
        try:
            receivers = tuple((float(x), float(y)) for x, y in values["receivers"])
            low, high = (float(level) for level in values["snr_range"])
            numbers: dict[str, Any] = {
                name: int(value) if name in {"samples", "guard"} else float(value)
                for name, value in values.items()
                if name not in {"receivers", "snr_range"}
            }
            return cls(receivers=receivers, snr_range=(low, high), **numbers)
        except (TypeError, ValueError) as error:
            raise BadInput(f"not a scene of this trainer: {error}") from error
