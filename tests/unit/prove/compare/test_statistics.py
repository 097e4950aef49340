"""When runs differ by more than chance, and when they do not."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation.prove.compare.statistics import CHANCE, chance_of, make_figure

values = st.lists(st.integers(0, 6), min_size=1, max_size=4)


def by_counting(old, new):
    """The same chance, from every way to deal the values out: exact where there are no ties."""
    both = [*old, *new]

    def wins(left, right):
        return sum(a < b for a in left for b in right)

    seen = min(wins(old, new), len(old) * len(new) - wins(old, new))
    dealt = []
    for chosen in itertools.combinations(range(len(both)), len(old)):
        left = [both[at] for at in chosen]
        right = [both[at] for at in range(len(both)) if at not in chosen]
        dealt.append(wins(left, right))
    extreme = sum(count <= seen for count in dealt)
    return min(1.0, 2 * extreme / len(dealt))


@given(st.permutations(range(9)), st.integers(1, 8))
def test_the_chance_is_that_of_all_orders(order, cut):
    old, new = order[:cut], order[cut:]
    assert chance_of(old, new) == pytest.approx(by_counting(old, new))


@given(values, values)
def test_sides_can_be_swapped(old, new):
    assert chance_of(old, new) == chance_of(new, old)
    assert 0 < chance_of(old, new) <= 1


@given(values)
def test_equal_runs_are_never_unlikely(runs):
    assert chance_of(runs, runs) > 0.5


def test_three_runs_each_differ_only_when_they_are_apart():
    assert chance_of((1, 2, 3), (4, 5, 6)) == pytest.approx(2 / 20)
    assert chance_of((1, 2, 4), (3, 5, 6)) > CHANCE
    assert chance_of((1, 2, 3), (3, 5, 6)) > CHANCE  # a tie is not apart


def test_five_runs_each_may_have_an_outlier():
    assert chance_of((1, 2, 3, 4, 9), (5, 6, 7, 8, 10)) < CHANCE


def test_a_faster_image_is_better_and_a_slower_one_worse():
    rate = make_figure("throughput", "1/s", "higher", (100, 101, 102), (150, 140, 160))
    assert (rate.ratio, rate.verdict) == (pytest.approx(150 / 101), "better")
    assert make_figure("time", "s", "lower", (1, 1.1, 1.2), (2, 3, 4)).verdict == "worse"


def test_overlapping_runs_are_noise_however_far_the_medians():
    figure = make_figure("time", "s", "lower", (1.0, 1.1, 9.0), (2.0, 3.0, 2.5))
    assert figure.ratio > 2
    assert figure.verdict == "noise"


def test_medians_a_percent_apart_are_noise_however_sure():
    assert make_figure("time", "s", "lower", (100, 100.1, 100.2), (101, 101.1, 101.2)).verdict == (
        "noise"
    )


def test_one_run_tells_nothing_and_neither_do_two():
    assert make_figure("time", "s", "lower", (1,), (9,)).verdict == "unknown"
    assert make_figure("time", "s", "lower", (1, 1), (9, 9)).verdict == "unknown"


def test_what_was_not_measured_is_unknown():
    figure = make_figure("time", "s", "lower", (), (1, 2, 3))
    assert (figure.old_median, figure.ratio, figure.verdict) == (None, None, "unknown")


def test_a_size_has_no_noise():
    assert make_figure("size", "MB", "lower", (100,), (100,), exact=True).verdict == "same"
    assert make_figure("size", "MB", "lower", (100,), (101,), exact=True).verdict == "worse"
