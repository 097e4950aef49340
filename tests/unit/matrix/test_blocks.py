"""`each`: blocks of one family, each of which completes it on its own."""

import pytest

from tests.unit.matrix.asking import FACTS
from validation.errors import BadInput
from validation.matrix.blocks import Blocks
from validation.matrix.coverage import Lost, lost_values
from validation.matrix.expand import expand
from validation.matrix.ids import id_of
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix
from validation.matrix.wish import parse_wish
from validation.model import Fleet, Image

TEXT = """\
version: 1
repository: imagewright
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80, sm_90]}
images:
  wheels:
    base: distro
    workload: training
    os: debian12
    python: "3.11"
    numpy: [auto, 2.3.5]
    budget: 8 GB
    each:
      - {torch: 2.13.0, numpy: auto, budget: 1500 MB}
      - {cuda: "12.6", torch: 2.7.1}
      - cuda: "13.0"
        torch: [2.13.0, 2.14.0]
        fleet: {drivers: ">=580"}
        because: hosts with a new driver
"""


def load(text=TEXT):
    return load_matrix(text, "m.yaml")


def ids(text=TEXT):
    return [id_of(each.family.name, each.axes) for each in expand(load(text))]


def test_axes_multiply_within_a_block_and_not_between_blocks():
    assert ids() == [
        "wheels-torch2.13.0-py3.11-debian12",
        "wheels-cu126-torch2.7.1-py3.11-debian12",
        "wheels-cu126-torch2.7.1-numpy2.3.5-py3.11-debian12",
        "wheels-cu130-torch2.13.0-py3.11-debian12",
        "wheels-cu130-torch2.13.0-numpy2.3.5-py3.11-debian12",
        "wheels-cu130-torch2.14.0-py3.11-debian12",
        "wheels-cu130-torch2.14.0-numpy2.3.5-py3.11-debian12",
    ]


def test_a_block_stands_before_its_family_and_its_family_before_the_file():
    cpu, old, new = load().families
    assert (cpu.budget_mb, old.budget_mb) == (1500, 8000)
    assert new.fleet == Fleet(drivers=">=580", gpus=("sm_80", "sm_90"))
    assert (old.fleet.drivers, old.because, new.because) == (">=535", "", "hosts with a new driver")
    assert [family.line for family in (cpu, old, new)] == [14, 15, 16]


def test_two_blocks_that_make_one_image_are_told_with_both_lines():
    text = TEXT.replace('{cuda: "12.6", torch: 2.7.1}', "{torch: 2.13.0, numpy: auto}")
    with pytest.raises(BadInput) as caught:
        ids(text)
    assert caught.value.details == (
        "m.yaml:15:9: duplicate id 'wheels-torch2.13.0-py3.11-debian12': images.wheels makes it "
        "too (line 14); rename one of them",
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{torch: 2.13.0, numpy", "{numpy", "14:9: images.wheels needs 'torch'"),
        ("budget: 8 GB", "python: '3.11'", "duplicate key 'python'"),
        ("    budget: 8 GB\n", "", "15:9: images.wheels needs 'budget'"),
        ("{torch: 2.13.0,", "{torch: 2.13.0, flavor: base,", "only base nvidia-cuda has flavors"),
        ("{torch: 2.13.0,", "{torch: 2.13.0, patch: 12.6.3,", "only base nvidia-cuda has a tag"),
        (
            "{torch: 2.13.0,",
            "{torch: 2.13.0, base: ngc,",
            "unknown key 'base' in images.wheels.each",
        ),
        ("{torch: 2.13.0,", "{torsh: 2.13.0,", "did you mean 'torch'?"),
    ],
)
def test_a_mistake_in_a_block_is_located(old, new, told):
    assert old in TEXT
    with pytest.raises(BadInput) as caught:
        load(TEXT.replace(old, new))
    assert any(told in line for line in caught.value.details), caught.value.details


def test_an_exclude_reaches_one_block_alone():
    text = TEXT + "exclude:\n  - {family: wheels, cuda: '12.6', numpy: 2.3.5, because: why not}\n"
    assert set(ids()) - set(ids(text)) == {"wheels-cu126-torch2.7.1-numpy2.3.5-py3.11-debian12"}
    with pytest.raises(BadInput) as caught:
        ids(TEXT + "exclude:\n  - {family: wheels, cuda: '12.6', because: all of it}\n")
    assert "every combination of images.wheels is excluded" in caught.value.details[0]


def test_an_image_is_found_again_in_the_block_that_made_it():
    matrix = load()
    blocks = Blocks(matrix.families)
    plan = plan_matrix(matrix, FACTS)
    lines = {image.id: blocks.line(image) for image in plan.images}
    assert lines["wheels-torch2.13.0-py3.11-debian12"] == 14
    assert lines["wheels-cu126-torch2.7.1-numpy2.3.5-py3.11-debian12"] == 15
    assert lines["wheels-cu130-torch2.14.0-py3.11-debian12"] == 16
    assert len(lines) == 7


def test_a_value_that_is_lost_in_its_block_is_told_though_another_block_has_it():
    matrix = load(
        TEXT.replace('{cuda: "12.6", torch: 2.7.1}', '{cuda: "12.6", torch: [2.7.1, 2.5.0]}')
    )
    plan = plan_matrix(matrix, FACTS)
    assert lost_values(matrix, plan) == (Lost(family="wheels", axis="torch", value="2.5.0"),)
    assert Blocks(matrix.families).of(plan.skipped[0]) == matrix.families[1]


def test_explain_takes_the_block_that_the_terms_name():
    matrix = load()
    wish = parse_wish(["family=wheels", "cuda=12.6", "numpy=auto"], matrix)
    assert wish.family == matrix.families[1]
    with pytest.raises(BadInput) as caught:
        parse_wish(["family=wheels"], matrix)
    assert "family wheels has 3 blocks; say more" in caught.value.details[0]


def test_a_family_without_cuda_and_one_with_it_may_be_blocks_of_one():
    first, second, *_ = plan_matrix(load(), FACTS).images
    assert isinstance(first, Image)
    assert (first.cuda, first.variant) == (None, "cpu")
    assert (second.cuda, second.variant) == ("12.6", "cu126")
