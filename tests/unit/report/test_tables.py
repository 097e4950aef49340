"""Tables in documents: blocks are filled as a whole, and hold what facts and matrix say."""

import pytest

from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix
from validation.report.documents import TABLES
from validation.report.documents.blocks import fill_blocks
from validation.report.documents.given import Figure, Given
from validation.report.documents.reference import matrix_keys
from validation.report.documents.wanted import families, reviews

MATRIX = """\
version: 1
repository: example
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
review: {every: quarter, anchor: "2027-01-01"}
images:
  cpu:
    base: distro
    workload: training
    os: debian12
    python: "3.11"
    torch: [2.12.0, 2.13.0]
    budget: 1500 MB
  inference:
    base: distro
    workload: inference
    os: debian12
    python: "3.11"
    onnxruntime: auto
    budget: 700 MB
"""
FIGURE = Figure(
    topic="size", family="cpu", what="cpu image", value="1113 MB", command="imagewright build",
    machine="2 cores", date="2026-11-23",
)  # fmt: skip


@pytest.fixture(scope="module")
def given() -> Given:
    matrix = load_matrix(MATRIX, "matrix.yaml")
    facts = load_facts()
    return Given(facts=facts, matrix=matrix, plan=plan_matrix(matrix, facts), figures=(FIGURE,))


def test_a_block_is_filled_and_the_rest_stays() -> None:
    text = "a\n<!-- generated: one -->\nold\nolder\n<!-- end -->\nb\n"
    filled = fill_blocks(text, "x.md", lambda name: f"new {name}")
    assert filled == "a\n<!-- generated: one -->\n\nnew one\n\n<!-- end -->\nb\n"
    assert fill_blocks(filled, "x.md", lambda name: f"new {name}") == filled


@pytest.mark.parametrize(
    "text",
    [
        "<!-- generated: one -->\nold\n",
        "<!-- generated: one -->\n<!-- generated: two -->\n<!-- end -->\n",
    ],
)
def test_a_block_that_does_not_end_is_located(text: str) -> None:
    with pytest.raises(BadInput, match=r"x\.md:1"):
        fill_blocks(text, "x.md", str)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_rows_of_one_width(given: Given, name: str) -> None:
    lines = [line for line in TABLES[name](given).splitlines() if line.startswith("|")]
    widths = {line.replace("\\|", "").count("|") for line in lines}
    assert len(widths) <= 1, widths


def test_a_family_without_a_measurement_is_called_so(given: Given) -> None:
    rows = {line.split("|")[1].strip(): line for line in families(given).splitlines()}
    assert "1113 MB" in rows["cpu"]
    assert "2.12.0, 2.13.0" in rows["cpu"]
    assert "unmeasured" in rows["inference"]


def test_reviews_follow_from_the_facts_date_and_one_of_a_year_weighs_majors(given: Given) -> None:
    told = reviews(given)
    days = ["2027-01-01", "2027-04-01", "2027-07-01", "2027-10-01"]
    assert [day for day in days if day in told] == days
    assert told.count("majors") == 1


def test_every_key_of_the_grammar_is_told(given: Given) -> None:
    told = matrix_keys(given)
    for key in ("`images.<name>.each[].cuda`", "`fleet.drivers`", "`exclude[].because`"):
        assert key in told
