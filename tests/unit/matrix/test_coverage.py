"""Values that end up in no image are told; values that `auto` or an image fulfils are not."""

from validation.facts.load import load_facts
from validation.matrix.coverage import Lost, lost_values
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix

MATRIX = """\
version: 1
repository: x
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
images:
  train:
    base: distro
    workload: training
    cuda: ["12.6", "12.4"]
    torch: [2.5.0, 2.6.0]
    python: ["3.11", "3.12"]
    numpy: auto
    os: debian12
    budget: 9 GB
exclude:
  - {python: "3.12", because: not wanted yet}
"""


def test_values_in_no_image_are_told():
    matrix = load_matrix(MATRIX, "matrix.yaml")
    plan = plan_matrix(matrix, load_facts())
    assert lost_values(matrix, plan) == (Lost(family="train", axis="python", value="3.12"),)


def test_a_value_whose_every_combination_cannot_be_is_lost():
    plain = MATRIX[: MATRIX.index("exclude:")].replace('["12.6", "12.4"]', '"12.6"')
    matrix = load_matrix(plain, "matrix.yaml")
    plan = plan_matrix(matrix, load_facts())
    assert lost_values(matrix, plan) == (Lost(family="train", axis="torch", value="2.5.0"),)


def test_a_family_without_images_is_told_once():
    plain = MATRIX[: MATRIX.index("exclude:")].replace('["12.6", "12.4"]', '"12.6"')
    matrix = load_matrix(plain.replace("[2.5.0, 2.6.0]", "2.5.0"), "matrix.yaml")
    plan = plan_matrix(matrix, load_facts())
    assert lost_values(matrix, plan) == (Lost(family="train", axis="family", value="train"),)
