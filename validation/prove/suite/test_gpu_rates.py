"""How fast the GPU is in this image, as a share of what its maker states."""

from typing import Any

import pytest

from validation.facts.load import load_facts
from validation.facts.platforms import Card
from validation.model import Image
from validation.prove.ceilings import Share, card_of, copy_share, matmul_share
from validation.prove.suite.given import Figures, Probe, Tell

pytestmark = pytest.mark.usefixtures("gpu")


@pytest.fixture
def rates(probe: Probe, image: Image) -> dict[str, Any]:
    """What was measured by events on the device."""
    if image.torch is None:
        pytest.skip("the image has no torch to measure with")
    return probe("gpu_rates")


def _card(rates: dict[str, Any], shown: str) -> Card:
    card = card_of(load_facts(), rates["device"])
    if card is None:
        pytest.skip(f"no ceiling is known for {rates['device']}; measured {shown}")
    return card


def _judge(share: Share, spread: float, measured: Tell) -> None:
    measured(f"{share} (spread {spread:.1%})")
    assert share.share >= share.least, (
        f"{share}: at least {share.least:.0%} is expected; {share.source}"
    )


def test_matmul(rates: dict[str, Any], measured: Tell, figures: Figures) -> None:
    """A large product in bfloat16 runs on the tensor cores at a fair share of their peak.

    The median over events on the device, after warm-up, for matrices of 8192².
    """
    found = rates["matmul"]
    figures(matmul_tflops=found["tflops"], matmul_spread=found["spread"])
    card = _card(rates, f"{found['tflops']} TFLOP/s")
    share = matmul_share(load_facts(), card, found["kind"], found["tflops"])
    figures(matmul_share=round(share.share, 4))
    _judge(share, found["spread"], measured)


def test_copy(rates: dict[str, Any], measured: Tell, figures: Figures) -> None:
    """A copy within the GPU's memory reaches a fair share of its bandwidth, bytes both ways."""
    found = rates["copy"]
    figures(copy_tb_per_s=found["tb_per_s"], copy_spread=found["spread"])
    figures(kernel_tb_per_s=rates["kernel"]["tb_per_s"])
    card = _card(rates, f"{found['tb_per_s']} TB/s")
    share = copy_share(load_facts(), card, found["tb_per_s"])
    figures(copy_share=round(share.share, 4))
    _judge(share, found["spread"], measured)
