"""Shares of work: balanced, deterministic, nothing lost, siblings cheap together."""

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from tests.unit.matrix.asking import ask
from validation.matrix.shards import expected_seconds, plan_shares, torch_layer

IMAGE = replace(ask("torch=2.6.0 python=3.11 os=debian12"), budget_mb=3000)


def images(*budgets, torch=None):
    return [
        replace(IMAGE, id=f"i{n}", budget_mb=budget, torch=torch)
        for n, budget in enumerate(budgets)
    ]


def test_cost_is_measured_or_estimated_at_the_measured_pace():
    three = images(750, 1500, 1500)
    assert expected_seconds(three, {}) == {"i0": 30, "i1": 40, "i2": 40}
    assert expected_seconds(three, {"i1": 80.0}) == {"i0": 60, "i1": 80, "i2": 80}
    assert expected_seconds(three, {"gone": 7.0})["i0"] == 30


def test_the_costliest_goes_first_to_the_place_that_is_done_first():
    four = images(1, 2, 3, 4)
    seconds = {"i0": 1.0, "i1": 2.0, "i2": 3.0, "i3": 4.0}
    a, b = plan_shares(four, seconds, ["a", "b"])
    assert [image.id for image in a.images] == ["i3", "i0"]
    assert [image.id for image in b.images] == ["i2", "i1"]
    assert (a.seconds, b.seconds) == (5.0, 5.0)


def test_a_second_image_on_the_same_torch_layer_costs_its_own_layers():
    two = images(1, 1, torch="2.7.1")
    other = replace(two[1], id="other", torch="2.8.0")
    seconds = {"i0": 100.0, "i1": 100.0, "other": 90.0}
    shares = plan_shares([*two, other], seconds, ["a", "b"])
    assert [share.seconds for share in shares] == [120.0, 90.0]
    apart = plan_shares(two, seconds, ["a", "b"])
    assert [share.seconds for share in apart] == [100.0, 100.0]  # sooner than 120 in one place
    assert torch_layer(two[0]) == torch_layer(two[1]) != torch_layer(other)


def test_an_image_goes_only_where_it_may():
    two = images(1, 1)
    shares = plan_shares(two, {"i0": 1.0, "i1": 1.0}, ["a", "b"], {"i0": ["b"], "i1": ["b"]})
    assert [len(share.images) for share in shares] == [0, 2]


@given(some.lists(some.integers(1, 1000), max_size=20), some.integers(1, 6))
def test_nothing_is_lost_and_no_share_is_far_from_even(costs, count):
    all_of = images(*costs)
    seconds = {image.id: float(cost) for image, cost in zip(all_of, costs, strict=True)}
    shares = plan_shares(all_of, seconds, [str(n) for n in range(count)])
    assert sorted(i.id for s in shares for i in s.images) == sorted(i.id for i in all_of)
    assert sum(share.seconds for share in shares) == sum(costs)
    # what any list scheduling keeps to (Graham 1966): the mean, and what the last one adds to it
    most = sum(costs) / count + (1 - 1 / count) * max([*costs, 0])
    assert max(share.seconds for share in shares) <= most + 1e-6
