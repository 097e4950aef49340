"""Why, and the way out: the story's mistake, nearest images, choices, and any input at all."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from tests.unit.matrix.asking import FACTS, told, wish
from tests.unit.matrix.examples import SHIPPED, TRAIN
from validation.errors import BadInput
from validation.matrix.choices import values_of
from validation.matrix.expand import expand
from validation.matrix.explain import Explanation, explain
from validation.matrix.grammar import AXES
from validation.matrix.load import load_matrix
from validation.matrix.resolve import resolve, serving_of
from validation.matrix.wish import parse_wish
from validation.model import Candidate, Image
from validation.report.explanation import explanation_json, explanation_text

STORY = "torch=2.5.0 cuda=12.6 python=3.11 os=ubuntu22.04 base=nvidia-cuda"
MATRIX = load_matrix(SHIPPED, "matrix.yaml")


def moves(answer):
    return [[(move.axis, move.old, move.new) for move in near.moves] for near in answer.nearest]


def problems(text, matrix=None):
    with pytest.raises(BadInput) as caught:
        parse_wish(text.split(), matrix)
    return caught.value.details


# --- the story


def test_the_wheel_of_the_story_and_the_two_ways_out():
    answer = told(STORY)
    assert (answer.possible, answer.verdict) == (False, "impossible")
    (reason,) = answer.violations
    assert reason.constraint == "wheel"
    assert "2.5.0+cu126" in reason.message
    assert "minor-version compatibility" in reason.message
    assert "the first torch with cu126 is 2.6.0" in reason.fact
    assert "its newest variant is cu124" in reason.fact
    assert "2026-07-16" in reason.source
    assert moves(answer)[:2] == [[("torch", "2.5.0", "2.6.0")], [("cuda", "12.6", "12.4")]]


def test_a_python_that_nothing_is_proven_on_leads_to_one_that_it_is():
    for text in ("torch=2.6.0 python=3.9 os=ubuntu22.04", "torch=2.4.0 python=3.8 os=ubuntu20.04"):
        answer = told(text)
        assert [(one.constraint, one.source) for one in answer.violations] == [
            ("python", "docs/trainer.md")
        ]
        assert moves(answer)[0][0][2] == "3.10"
    answer = told("torch=2.0.1 python=3.12 os=ubuntu22.04")
    assert answer.nearest
    assert all(new not in {"3.8", "3.9"} for near in moves(answer) for _, _, new in near)


def test_every_neighbour_is_possible_and_differs_by_its_moves_only():
    for text in (
        STORY,
        "torch=2.2.0 cuda=12.1 numpy=2.0.0 python=3.11 os=ubuntu22.04 base=nvidia-cuda",
        "torch=2.7.0 torchvision=0.20.0 cuda=12.4 python=3.14 os=ubuntu24.04 base=nvidia-cuda",
        "torch=2.5.0 torchvision=0.20.0 cuda=12.6 cupy=14.2.0 numpy=1.26.4 onnx=1.17.0"
        " python=3.14 os=ubuntu26.04 base=nvidia-cuda drivers=>=535 gpus=sm_90",
    ):
        made, answer = wish(text), told(text)
        assert answer.nearest
        counts = [len(near.moves) for near in answer.nearest]
        assert counts == sorted(counts)
        for near in answer.nearest:
            image = resolve(Candidate(family=made.family, axes=near.axes), FACTS)
            assert isinstance(image, Image)
            changed = {axis: new for axis, new in near.axes.items() if made.axes[axis] != new}
            assert changed == {move.axis: move.new for move in near.moves}
            assert all(made.axes[move.axis] == move.old for move in near.moves)


def test_one_move_is_nearest_by_brute_force():
    made, answer = wish(STORY), told(STORY)
    possible = set()
    for axis in made.axes:
        for value in values_of(FACTS, axis, {**made.axes, "base": "nvidia-cuda"}):
            axes = {**made.axes, axis: value}
            if isinstance(resolve(Candidate(family=made.family, axes=axes), FACTS), Image):
                possible.add((axis, value))
    first = {(axis, new) for [(axis, _, new)] in moves(answer)}
    assert first <= possible
    torches = sorted((new for axis, new in possible if axis == "torch"), key=Version)
    assert torches[0] == "2.6.0"


def test_a_wrong_companion_alone_is_put_right():
    answer = told("torch=2.6.0 torchvision=0.20.0 cuda=12.6 python=3.11")
    assert moves(answer) == [[("torchvision", "0.20.0", "0.21.0")]]


def test_a_fleet_that_no_axis_can_please_has_no_neighbour():
    answer = told("torch=2.9.0 cuda=13.0 python=3.11 drivers=>=300 gpus=sm_90")
    assert moves(answer) == []
    assert "none within a few moves" in explanation_text(answer)


# --- what was chosen


def test_every_choice_is_told_with_its_reason():
    answer = told("torch=2.13.0 numpy=auto python=3.11 os=debian12")
    assert answer.possible
    chosen = {choice.axis: choice for choice in answer.chosen}
    assert chosen["numpy"].value == "2.4.6"
    assert "not 2.5.0: there is no wheel of numpy 2.5.0 for Python 3.11" in chosen["numpy"].why
    assert chosen["base"].value == "debian:12-slim"
    assert chosen["torch from"].value == "https://download.pytorch.org/whl/cpu"
    assert chosen["python from"].value == "os"


def test_what_is_not_said_is_chosen():
    answer = told("torch=2.6.0 cuda=12.6")
    image = answer.image
    assert (image.source, image.os, image.python) == ("nvidia-cuda", "ubuntu24.04", "3.13")
    axes = {choice.axis for choice in answer.chosen}
    assert {"os", "python", "flavor", "base"} <= axes
    assert told("torch=2.6.0 python=3.11").image.source == "distro"


# --- terms


def test_words_may_come_together_or_apart():
    together = parse_wish(["torch=2.5.0 cuda = 12.6", "python=3.11"], None)
    apart = parse_wish(["torch=2.5.0", "cuda=12.6", "python==3.11"], None)
    assert together == apart


def test_an_id_names_its_combination_and_terms_change_it():
    answer = parse_wish(["cpu-torch2.13.0-py3.11-debian12", "python=3.12"], MATRIX)
    assert answer.family.name == "cpu"
    assert answer.axes["python"] == "3.12"
    assert answer.axes["torch"] == "2.13.0"
    assert "numpy" not in parse_wish(["family=cpu", "numpy=none"], MATRIX).axes


def test_a_family_that_leaves_values_open_says_so():
    train = load_matrix(TRAIN, "m.yaml")
    said = problems("family=train torch=2.6.0", train)
    assert "family train has cuda 12.5, 12.6, 12.9, 12.10: say which one" in said
    assert parse_wish(
        ["family=train", "cuda=12.6", "torch=2.6.0", "python=3.11", "os=ubuntu22.04"], train
    ).family.fleet.drivers == (">=535")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("torhc=2.5.0", "unknown axis 'torhc'; did you mean 'torch'?"),
        ("torch=2.5", "bad version '2.5': write one full release, such as 2.5.0"),
        ("cuda=cu126", "did you mean '12.6'?"),
        ("cuda=12.6.3", "did you mean '12.6'?"),
        ("python=py311", "did you mean '3.11'?"),
        ("os=ubunu22.04", "did you mean 'ubuntu22.04'?"),
        ("base=nvidia", "unknown base 'nvidia'"),
        ("gpus=90", "bad GPU '90'"),
        ("drivers=new", "bad specifier"),
        ("torch>=2.5.0", "explain is about one combination; write torch=VALUE"),
        ("torch=2.5.0 torch=2.6.0", "torch is said twice: '2.5.0' and '2.6.0'"),
        ("cpu-torch2.13.0-py3.11-debian13", "did you mean 'cpu-torch2.13.0-py3.11-debian12'?"),
        ("a b", "2 ids are named"),
        ("family=cup", "no family 'cup'; did you mean 'cpu'?"),
        ("torch=", "bad version ''"),
        ("torch=auto", "bad version 'auto'"),
    ],
)
def test_bad_terms_say_what_would_be_right(text, said):
    assert any(said in line for line in problems(text, MATRIX)), problems(text, MATRIX)


def test_every_bad_term_is_told_at_once():
    assert len(problems("torhc=1 cuda=126 python=3 nope", MATRIX)) == 4


# --- formats


def test_text_and_json_say_the_same():
    answer = told(STORY)
    text, whole = explanation_text(answer), explanation_json(answer)
    assert text.startswith("impossible: cuda=12.6 torch=2.5.0")
    for part in (text, whole):
        assert "2.6.0" in part
        assert "racinmat/pytorch-compatibility" in part
    assert "  1. torch 2.5.0 → 2.6.0\n  2. cuda 12.6 → 12.4" in text
    doubt = explanation_text(told("torch=2.15.0 cuda=13.0 python=3.11"))
    assert doubt.startswith("unknown: ")
    assert "wheel (not known): it is not known" in doubt


def test_the_inference_images_of_the_matrix_are_what_serves():
    assert serving_of(expand(MATRIX), FACTS) == ("1.30.0", "1.32.0")  # the host's own, and ours


# --- whatever is written


VALUES = st.sampled_from(
    [
        *("2.5.0", "2.6.0", "2.15.0", "99.0.0", "0.0.1", "12.6", "12.10", "13.0", "9.9", "3.11"),
        *("3.15", "3.7", "auto", "none", "runtime", "devel", "ubuntu22.04", "debian12", "1.26.4"),
        *("14.2.0", "nvidia-cuda", "ngc", "distro", "rootfs", ">=535", "sm_90", "sm_999", "cpu"),
        *("2.0.0a0", "1!2.0.0", "2.0.0.post1", "", "=", "x" * 300, "\x00", "…", "1e400", "0.0"),
    ]
)
NAMES = st.sampled_from([*AXES, "family", "base", "drivers", "gpus", "torhc", ""])
TERMS = st.builds("{}{}{}".format, NAMES, st.sampled_from(["=", "==", ">=", " = ", ""]), VALUES)
GOOD = {
    "torch": [*list(FACTS.torch.releases)[::5], "99.0.0", "0.1.0"],
    "cuda": ["11.8", "12.4", "12.6", "12.7", "12.10", "13.2", "99.9"],
    "python": ["3.7", "3.9", "3.11", "3.13", "3.16", "3.99"],
    "os": ["ubuntu18.04", "ubuntu22.04", "debian12", "ubuntu26.04"],
    "base": ["distro", "nvidia-cuda", "ngc", "rootfs"],
    "numpy": ["auto", "1.26.4", "2.4.0", "99.0.0"],
    "cupy": ["auto", "13.6.0", "14.2.0", "0.1.0"],
    "onnx": ["auto", "1.16.0", "99.0.0"],
    "onnxruntime": ["auto", "1.16.3", "1.32.0", "99.0.0"],
    "torchvision": ["auto", "0.21.0"],
    "torchaudio": ["auto", "2.11.0"],
    "gpus": ["sm_37", "sm_90,sm_121", "sm_999"],
    "drivers": [">=535", "<600", ">=580.65.06"],
}


def check(answer):
    """Whatever the verdict, it is complete: an image, or reasons with fact and source."""
    assert isinstance(answer, Explanation)
    assert answer.possible == (answer.image is not None) == (not answer.violations)
    for reason in answer.violations:
        assert reason.constraint
        assert reason.message
        assert reason.fact
        assert reason.source
    assert (answer.verdict == "unknown") == (
        bool(answer.violations) and all(reason.unknown for reason in answer.violations)
    )
    assert explanation_text(answer)
    assert explanation_json(answer)


@settings(max_examples=300, deadline=None)
@given(st.lists(TERMS | st.text(max_size=30), max_size=8))
@example(["torch=2.5.0", "cuda=12.6"])
@example(["1" * 5000])
@example(["torch=" + "9" * 190 + ".0.0"])
def test_any_words_are_explained_or_refused_with_every_mistake(words):
    try:
        made, refused = parse_wish(words, MATRIX), None
    except BadInput as error:
        made, refused = None, error
    if made is not None:
        check(explain(made, FACTS))
    else:
        assert refused.details
        assert refused.hint


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(at) for name, at in GOOD.items()}))
@example({"torch": "2.13.0", "cuda": "99.9", "cupy": "auto", "numpy": "1.26.4", "onnx": "auto"})
def test_any_combination_has_an_answer(terms):
    words = [f"{axis}={value}" for axis, value in terms.items()] or ["python=3.11"]
    check(explain(parse_wish(words, None), FACTS))
