"""Combinations, their ids, and excludes that do too little or too much."""

from itertools import product

import pytest

from validation.errors import BadInput
from validation.matrix.expand import excluded_by, expand
from validation.matrix.ids import id_of
from validation.matrix.load import load_matrix


def ids_of(text):
    return [id_of(one.family.name, one.axes) for one in expand(load_matrix(text, "m.yaml"))]


def problems_of(text):
    with pytest.raises(BadInput) as caught:
        expand(load_matrix(text, "m.yaml"))
    return [line.removeprefix("m.yaml:") for line in caught.value.details]


def excluding(train, *entries):
    return (
        train + "exclude:\n" + "".join(f"  - {{{entry}, because: why not}}\n" for entry in entries)
    )


def test_one_value_on_each_axis_makes_one_image(small):
    assert ids_of(small) == ["cpu-torch2.13.0-py3.11-debian12", "inference-py3.11-debian12"]


def test_axes_multiply_in_the_order_of_ids(train):
    wanted = [
        f"train-{cuda}-torch{torch}-py{python}-{os}"
        for cuda, torch, python, os in product(
            ("cu125", "cu126", "cu129", "cu1210"),
            ("2.6.0", "2.7.1"),
            ("3.10", "3.11"),
            ("ubuntu22.04", "ubuntu24.04"),
        )
    ]
    assert ids_of(train) == wanted


def test_an_id_names_every_axis_except_auto():
    axes = {
        "os": "ubuntu22.04",
        "flavor": "runtime",
        "python": "3.11",
        "onnxruntime": "1.32.0",
        "onnx": "auto",
        "cupy": "13.4.1",
        "torchvision": "0.22.1",
        "torch": "2.7.1",
        "cuda": "12.6",
    }
    assert id_of("train", axes) == (
        "train-cu126-torch2.7.1-torchvision0.22.1-cupy13.4.1-ort1.32.0-py3.11-runtime-ubuntu22.04"
    )


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ("cuda: 12.5", 24),
        ("cuda: 12.10", 24),
        ("cuda: '>=12.9'", 16),  # 12.10 too: it is above 12.9
        ("cuda: '>12.9'", 24),
        ("cuda: '<12.9'", 16),
        ("cuda: '>=12.6,<12.10'", 16),
        ("cuda: [12.5, '>=12.10']", 16),
        ("cuda: '12.1*'", 24),
        ("torch: 2.7", 16),  # a prefix: 2.7.*
        ("torch: 2.7.1", 16),
        ("torch: '~=2.6'", 0),
        ("torch: '!=2.7.1'", 16),
        ("python: 3.1", None),  # no prefix of 3.10
        ("os: ubuntu22*", 16),
        ("os: '!=ubuntu22.04'", 16),
        ("variant: cu126", 24),
        ("variant: 'cu12?'", 8),
        ("base: nvidia-cuda, cuda: 12.5", 24),
        ("family: 't*', cuda: 12.6, torch: '<2.7', python: 3.10", 30),
        ("flavor: none, cuda: 12.6", 24),  # the family has no flavor
        ("flavor: '!=devel', cuda: 12.6", None),  # only none asks for absence
        ("numpy: '!=1.26.4'", None),
    ],
)
def test_an_exclude_rules_out_what_its_terms_all_name(train, entry, left):
    text = excluding(train, entry)
    if left is None:
        (problem,) = problems_of(text)
        assert problem.startswith("16:5: exclude rules out nothing: ")
    elif left == 0:
        assert problems_of(text) == [
            "7:3: every combination of images.train is excluded (line 16): "
            "narrow the excludes or remove the family"
        ]
    else:
        assert len(ids_of(text)) == left


def test_excludes_of_auto(train):
    text = excluding(train + "    numpy: [auto, 1.26.4]\n", "numpy: auto, cuda: 12.5")
    assert len(ids_of(text)) == 64 - 8


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("family: tran", "no family is tran; family has train"),
        ("cuda: 12.1", "no cuda is 12.1; cuda has 12.5, 12.6, 12.9, 12.10"),
        ("cuda: ['>=13', 11.8]", "no cuda is >=13 or 11.8; cuda has"),
        ("cupy: auto", "no cupy is auto; no family has cupy"),
        ("variant: cpu", "no variant is cpu; variant has cu125, cu126, cu129, cu1210"),
    ],
)
def test_a_dead_exclude_tells_what_is_there(train, entry, reason):
    (problem,) = problems_of(excluding(train, entry))
    assert problem.startswith(f"16:5: exclude rules out nothing: {reason}")


def test_terms_that_never_meet_are_dead(small):
    text = small.replace(
        "exclude: []", "exclude:\n- {torch: 2.13.0, onnxruntime: auto, because: why not}"
    )
    (problem,) = problems_of(text)
    assert problem.endswith("each of its terms holds somewhere, but never all in one combination")


def test_an_exclude_inside_another_is_named_with_it(train):
    text = excluding(train, "cuda: 12.10, torch: 2.6.0", "cuda: '>=12.9'", "torch: 2.6.0")
    assert problems_of(text) == [
        "16:5: exclude lies wholly inside the one in line 17: remove one of them"
    ]


def test_of_two_equal_excludes_the_later_is_named(train):
    text = excluding(train, "cuda: '>=12.9'", "cuda: [12.9, 12.10]")
    assert problems_of(text) == [
        "17:5: exclude lies wholly inside the one in line 16: remove one of them"
    ]


def test_excludes_that_only_cross_are_fine(train):
    assert len(ids_of(excluding(train, "cuda: 12.5", "torch: 2.6.0"))) == 12


def test_everything_excluded_by_several(train):
    (problem,) = problems_of(excluding(train, "torch: 2.6.0", "torch: 2.7.1"))
    assert problem.startswith("7:3: every combination of images.train is excluded (line 16, 17)")


def test_the_excluded_combinations_are_told_with_their_exclude(train):
    matrix = load_matrix(excluding(train, "cuda: 12.5", "torch: 2.6.0"), "m.yaml")
    found = list(excluded_by(matrix))
    assert sum(index == 0 for index, _ in found) == 8
    assert sum(index == 1 for index, _ in found) == 16
    assert all(one.axes["torch"] == "2.6.0" for index, one in found if index == 1)


def test_two_families_with_one_id_are_refused(train):
    family = train[train.index("  train:") :].replace("ubuntu22.04, ", "").replace("12.5, ", "")
    narrow = family.replace("  train:", "  train-cu125:").replace(
        "    cuda: [12.6, 12.9, 12.10]\n", ""
    )
    cpu = narrow.replace("nvidia-cuda", "distro")
    assert problems_of(train + cpu) == [
        f"15:3: duplicate id 'train-cu125-torch{torch}-py{python}-ubuntu24.04': images.train "
        "makes it too (line 7); rename one of them"
        for torch, python in product(("2.6.0", "2.7.1"), ("3.10", "3.11"))
    ]


def large(train, torches):
    cudas = ", ".join(f"12.{minor}" for minor in range(50))
    releases = ", ".join(f"2.{minor}.0" for minor in range(torches))
    return train.replace("12.5, 12.6, 12.9, 12.10", cudas).replace("2.6.0, 2.7.1", releases)


def test_many_combinations_and_excludes(train):
    entries = [f"cuda: 12.{n}, torch: 2.{n}.0" for n in range(40)]
    assert len(ids_of(excluding(large(train, 200), *entries))) == 40_000 - 40 * 4
