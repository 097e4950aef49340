"""Whether a GPU is as fast as its kind: a measured rate as a share of what its maker states.

Imports facts and model. An image can be correct and slow: kernels that run as PTX compiled for an
older architecture, a math library without tensor cores for this GPU, a card that is capped or
shared. The shares below are ours: wide enough for a card that is warm, narrow enough for
work that runs on the wrong units, which costs a factor of two and more.
"""

from validation.facts.load import Facts, cite
from validation.facts.platforms import Card
from validation.model import Record

LEAST_COPY = 0.70
"""Of the memory's stated bandwidth, which refreshes and turning from reads to writes lower."""

LEAST_MATMUL = 0.50
"""Of the dense tensor-core peak, which is stated for a clock that no card holds when so loaded."""

LEAST_MATMUL_LOW_POWER = 0.25
"""The same for cards of LOW_POWER watts and less: their clocks fall far below the peak's."""

LOW_POWER = 75


class Share(Record, frozen=True, kw_only=True):
    """A rate, the ceiling in the same unit, and the least share of it that is right."""

    rate: float
    ceiling: float
    least: float
    unit: str
    source: str

    @property
    def share(self) -> float:
        """What part of the ceiling was reached."""
        return self.rate / self.ceiling

    def __str__(self) -> str:
        """Return "712 of 990 TFLOP/s, 72 %", for a person."""
        return f"{self.rate:.4g} of {self.ceiling:.4g} {self.unit}, {self.share:.0%}"


def card_of(facts: Facts, name: str) -> Card | None:
    """Return what is known of a GPU by the name that its driver gives it, None: nothing."""
    return next((card for card in facts.gpu_cards.cards if name in card.names), None)


def matmul_share(facts: Facts, card: Card, kind: str, tflops: float) -> Share:
    """Return a matrix product's rate against the card's dense peak for "bfloat16" or "float16".

    Both have the same peak on every card that has both.
    """
    assert kind in {"bfloat16", "float16"}, kind  # noqa: S101  (the probe knows no other)
    least = LEAST_MATMUL_LOW_POWER if card.watts <= LOW_POWER else LEAST_MATMUL
    source = cite(facts.gpu_cards, card.source)
    return Share(rate=tflops, ceiling=card.half_tflops, least=least, unit="TFLOP/s", source=source)


def copy_share(facts: Facts, card: Card, tb_per_s: float) -> Share:
    """Return a copy's rate, bytes read and written, against the memory's bandwidth."""
    source = cite(facts.gpu_cards, card.source)
    return Share(rate=tb_per_s, ceiling=card.tb_per_s, least=LEAST_COPY, unit="TB/s", source=source)
