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
    text = MATRIX.replace('["12.6", "12.4"]', '"12.6"').replace("exclude:", "exclude: []\nx: |")
    text = text[: text.index("x: |")]
    matrix = load_matrix(text, "matrix.yaml")
    plan = plan_matrix(matrix, load_facts())
    assert Lost(family="train", axis="torch", value="2.5.0") in lost_values(matrix, plan)
