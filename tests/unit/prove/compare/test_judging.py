"""What must not differ: verdicts on outputs, checkpoints and training."""

import msgspec
import pytest

from validation.prove.compare.judging import (
    TOLERANCE,
    WORST,
    agreement_problem,
    gap_problem,
    learning_problem,
    resume_problem,
    worst_gap,
)
from validation.prove.compare.record import Agreement, Carried, Gap, Learning

NEAR = Gap(output="position", batch=64, absolute=2e-6, relative=1e-6)
CARRIED = Carried(source="old", into="new", loads=True, restores=True, validation=-2.8)


def off(**figures):
    return msgspec.structs.replace(NEAR, **figures)


def learned(error):
    return Learning(seed=0, loss_first=1, loss_last=-2, error_first=1500, error_last=error)


def test_outputs_within_the_tolerance_pass():
    assert gap_problem([NEAR], TOLERANCE) == ""


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"absolute": 1.1e-4}, "absolute 1.1e-04"),
        ({"relative": 1.1e-5}, "relative 1.1e-05"),
        ({"absolute": None}, "not finite"),
        ({"relative": None}, "not finite"),
    ],
)
def test_one_output_beyond_it_fails_and_is_named(figures, told):
    problem = gap_problem([NEAR, off(output="log_variance", batch=7, **figures)], TOLERANCE)
    assert "log_variance, batch of 7" in problem
    assert told in problem
    assert "allowed" in problem


def test_nothing_compared_is_not_a_pass():
    assert gap_problem([], TOLERANCE) == "no outputs were compared"


def test_the_worst_gap_is_one_that_is_not_finite():
    nan = off(absolute=None)
    assert worst_gap([off(absolute=5.0), nan, NEAR]) == nan
    assert worst_gap([]) is None


def test_several_failures_are_counted():
    assert "and 1 more" in gap_problem([off(absolute=1.0), off(absolute=2.0)], TOLERANCE)


def test_a_checkpoint_goes_on_where_it_was_left():
    assert resume_problem(CARRIED, -2.80001, TOLERANCE) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"restores": False}, "optimiser"),
        ({"validation": None}, "not finite"),
        ({"validation": -2.7}, "off by 1.0e-01"),
    ],
)
def test_a_checkpoint_that_does_not_go_on_fails(change, told):
    carried = msgspec.structs.replace(CARRIED, **change)
    assert told in resume_problem(carried, -2.8, TOLERANCE)


def test_training_may_end_a_little_worse_and_not_much():
    assert learning_problem([learned(40)], [learned(40 * WORST)]) == ""
    assert "ratio 1.60" in learning_problem([learned(40)], [learned(64)])


def test_the_medians_decide_what_was_learned():
    old = [learned(40), learned(41), learned(42)]
    assert learning_problem(old, [learned(40), learned(41), learned(900)]) == ""


def test_an_error_that_is_no_number_fails():
    assert learning_problem([learned(40)], [learned(float("nan"))])


def test_an_agreement_names_both_sides():
    agreement = Agreement(model="NEW's", reference="OLD's", gaps=(off(absolute=1.0),))
    assert agreement_problem(agreement, TOLERANCE).startswith("NEW's against OLD's: position")
    good = msgspec.structs.replace(agreement, gaps=(NEAR,))
    assert agreement_problem(good, TOLERANCE) == ""
