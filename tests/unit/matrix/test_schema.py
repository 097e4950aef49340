"""The schema that editors use says what the loader says, as far as a schema can."""

import json

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.matrix.examples import SHIPPED, TRAIN
from validation.cli.schema import PATH, schema_text
from validation.errors import BadInput
from validation.matrix import scalars
from validation.matrix.load import load_matrix
from validation.model import Family

SCHEMA = jsonschema.Draft7Validator(json.loads(schema_text()))


def faults(text):
    return list(SCHEMA.iter_errors(yaml.safe_load(text)))


def test_the_committed_schema_is_what_the_grammar_makes():
    remedy = "the grammar changed: run `python -m validation.cli.schema`"
    assert PATH.read_text("utf-8") == schema_text(), remedy


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))


def test_the_shipped_matrix_names_the_schema_and_keeps_to_it(shipped):
    assert shipped.split("\n")[0] == "# yaml-language-server: $schema=docs/matrix.schema.json"
    assert faults(shipped) == []


def test_numbers_that_editors_read_are_no_fault(train):
    assert yaml.safe_load(train)["images"]["train"]["cuda"] == [12.5, 12.6, 12.9, 12.1]
    assert faults(train) == []


def test_a_review_is_no_fault(train):
    text = train + "review: {every: quarter, anchor: '2026-01-31'}\nos_support: lts\n"
    assert faults(text) == []
    assert load_matrix(text, "m.yaml").review is not None


BAD = [
    ("version: 1", "version: 2"),
    ("version: 1\n", ""),
    ("repository: imagewright", "repository: 'Image wright'"),
    ("uv: 0.13.9", "uv: 0.13"),
    ("[family=train]", "[]"),
    ("sm_80", "sm80"),
    ("[sm_80, sm_90]", "sm_80"),
    ("[sm_80, sm_90]", "[sm_80, sm_80]"),
    ("nvidia-cuda", "nvidia_cuda"),
    ("training", "trainign"),
    ("ubuntu24.04", "ubuntu24.10"),
    ("[ubuntu22.04, ubuntu24.04]", "[]"),
    ("12.10]", "cu128]"),
    ("12.10]", "{a: b}]"),
    ("2.7.1]", "2.7.1+cu126]"),
    ("2.7.1]", "auto]"),
    ("2.7.1]", "2.7]"),
    ("3.11]", "py312]"),
    ("9 GB", "9 GiB"),
    ("9 GB", "9"),
    ("  train:", "  Train:"),
    ("    os: [ubuntu22.04, ubuntu24.04]\n", ""),
    ("    torch: [2.6.0, 2.7.1]\n", ""),
    ("    cuda: [12.5, 12.6, 12.9, 12.10]\n", ""),
    ("    budget: 9 GB\n", ""),
    ("9 GB", "9 GB\n    fleet: {gpu: [sm_90]}"),
    ("9 GB", "9 GB\n    platforms: [linux/arm]"),
    ("9 GB", "9 GB\n    wheels: 1"),
    ("9 GB", "9 GB\nexclude: [{cuda: 12.5}]"),
    ("9 GB", "9 GB\nexclude: [{because: so it is}]"),
    ("9 GB", "9 GB\nexclude: [{cud: 12.5, because: why}]"),
    ("9 GB", "9 GB\nexclude: {cuda: 12.5}"),
    ("nvidia-cuda", "distro\n    flavor: runtime"),
    ("9 GB", "9 GB\nreview: {every: quarter}"),
    ("9 GB", "9 GB\nreview: {every: 3 months, anchor: '2026-01-01'}"),
    ("9 GB", "9 GB\nreview: {every: year, anchor: '1.1.2026'}"),
    ("9 GB", "9 GB\nos_support: esm"),
]


@pytest.mark.parametrize(("old", "new"), BAD)
def test_what_is_wrong_is_wrong_for_both(train, old, new):
    text = train.replace(old, new, 1)
    assert faults(text)
    with pytest.raises(BadInput):
        load_matrix(text, "m.yaml")


MAJOR_MINOR = st.builds("{}.{}".format, st.integers(0, 99), st.integers(0, 99))
RELEASE = st.one_of(
    st.builds("{}.{}.{}".format, *[st.integers(0, 99)] * 3),
    st.sampled_from(["2.8.0rc1", "2.8.0.post1", "2.8.0.dev20250101", "1.2.3.4", "2.1.0a0"]),
)


@given(MAJOR_MINOR, RELEASE, MAJOR_MINOR, st.integers(10, 999), st.sampled_from(["MB", "GB"]))
def test_the_schema_refuses_nothing_that_loads(cuda, torch, python, number, unit):
    text = (
        TRAIN.replace("12.10]", f"{cuda}]")
        .replace("2.7.1]", f"{torch}]")
        .replace("3.11]", f"{python}]")
        .replace("9 GB", f"{number} {unit}")
        .replace("sm_80", f"sm_{number}")
    )
    try:
        load_matrix(text, "m.yaml")
    except BadInput:
        return  # a value met one that is there
    assert faults(text) == []


def test_choices_are_the_models():
    kinds = msgspec.inspect.type_info(Family)
    types = {field.name: field.type for field in kinds.fields}
    assert set(types["base"].values) == set(scalars.BASES)
    assert set(types["workload"].values) == set(scalars.WORKLOADS)


def test_distributions_are_the_facts():
    from validation.facts.load import load_facts  # noqa: PLC0415  (this test alone reads facts)

    assert set(load_facts().os.releases) == set(scalars.OSES)


def test_the_shipped_example_of_an_exclude_would_load():
    line = next(line for line in SHIPPED.split("\n") if line.startswith("#   - {"))
    text = TRAIN + "exclude:\n" + line.removeprefix("#   ").replace("...", "why not") + "\n"
    assert load_matrix(text, "m.yaml").excludes[0].where["cuda"] == (">=12.9",)
