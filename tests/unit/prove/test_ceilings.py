"""Measured rates against what the makers state."""

import pytest

from validation.facts.load import load_facts
from validation.prove.ceilings import card_of, copy_share, matmul_share


@pytest.fixture(scope="module")
def facts():
    return load_facts()


@pytest.mark.parametrize(
    ("name", "tflops", "enough"),
    [
        ("NVIDIA H200", 700.0, True),
        ("NVIDIA H200", 400.0, False),
        ("NVIDIA H200", 60.0, False),  # float32 units in place of tensor cores
        ("NVIDIA L4", 55.0, True),  # 72 W hold half of the peak at best
        ("NVIDIA L4", 25.0, False),
        ("Tesla T4", 20.0, True),
    ],
)
def test_products(facts, name, tflops, enough):
    share = matmul_share(facts, card_of(facts, name), "bfloat16", tflops)
    assert (share.share >= share.least) is enough


def test_copies(facts):
    share = copy_share(facts, card_of(facts, "NVIDIA H200"), 4.1)
    assert share.share >= share.least
    assert str(share) == "4.1 of 4.8 TB/s, 85%"
    assert "H200" in share.source
    slow = copy_share(facts, card_of(facts, "NVIDIA H200"), 2.4)
    assert slow.share < slow.least


def test_a_card_that_nobody_looked_up_has_no_ceiling(facts):
    assert card_of(facts, "NVIDIA H200 MIG 1g.18gb") is None


def test_every_name_is_one_card(facts):
    names = [name for card in facts.gpu_cards.cards for name in card.names]
    assert len(names) == len(set(names))
    for card in facts.gpu_cards.cards:
        assert card.source in facts.gpu_cards.sources
        assert 10 < card.half_tflops < 5000
        assert 0.1 < card.tb_per_s < 20
