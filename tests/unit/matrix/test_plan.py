"""A matrix against the real facts: images, what cannot be, and needless excludes."""

import pytest

from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.matrix.coverage import lost_values
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix

STORY = """\
version: 1
repository: imagewright
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80, sm_90]}
images:
  train:
    base: nvidia-cuda
    workload: training
    os: ubuntu22.04
    cuda: 12.6
    torch: [2.5.0, 2.6.0]
    python: 3.10
    flavor: runtime
    budget: 9 GB
"""
"""The migration that started this project: torch 2.5.0 has no cu126 wheel, 2.6.0 is the first."""


@pytest.fixture(scope="module")
def facts():
    return load_facts()


def plan_of(text, facts):
    return plan_matrix(load_matrix(text, "m.yaml"), facts)


def problems_of(text, facts):
    with pytest.raises(BadInput) as caught:
        plan_of(text, facts)
    return caught.value.details


def test_the_shipped_matrix_is_possible(shipped, facts):
    plan = plan_of(shipped, facts)
    assert plan.skipped == ()
    assert lost_values(load_matrix(shipped, "matrix.yaml"), plan) == ()


def test_what_cannot_be_is_told_and_the_rest_goes_on(facts):
    plan = plan_of(STORY, facts)
    assert [image.torch for image in plan.images] == ["2.6.0"]
    (skip,) = plan.skipped
    assert skip.id == "train-cu126-torch2.5.0-py3.10-runtime-ubuntu22.04"
    assert (skip.family, skip.source, skip.workload) == ("train", "nvidia-cuda", "training")
    assert any("the first torch with cu126 is 2.6.0" in reason.fact for reason in skip.reasons)


def test_an_exclude_of_what_cannot_be_anyway_is_needless(facts):
    text = STORY + "exclude: [{torch: 2.5.0, because: it never worked}]\n"
    (problem,) = problems_of(text, facts)
    assert problem.startswith(
        "m.yaml:15:11: exclude rules out only what cannot exist anyway (train-"
    )
    assert problem.endswith("remove it")


def test_an_exclude_of_one_that_could_be_is_not(facts):
    text = STORY + "exclude: [{torch: 2.6, because: too slow}]\n"
    plan = plan_of(text, facts)
    assert plan.images == ()
    assert len(plan.skipped) == 1


def test_a_default_that_names_nothing_is_located(small, facts):
    (problem,) = problems_of(small.replace("[family=cpu]", "[family=cpu, torch>=3]"), facts)
    assert problem.startswith("matrix.yaml:5:23: default: ".replace("matrix", "m"))
    assert "torch has 2.13.0" in problem


def test_a_default_may_name_what_cannot_be(facts):
    text = STORY.replace("uv:", "default: torch=2.5.0\nuv:")
    assert len(plan_of(text, facts).skipped) == 1
