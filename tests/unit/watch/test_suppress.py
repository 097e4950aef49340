"""What is suppressed, where, until when; and what suppresses nothing."""

import datetime

import pytest

from validation.cli.scanning import Wanted, ground_of, judge_sources, read_sources
from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.watch.rules import BY_ID
from validation.watch.suppress import comment_suppressions

DAY = datetime.date(2026, 11, 23)
FROM = "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n"
MATRIX = """\
version: 1
repository: r
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
suppress:
  - {rule: RULE, file: "legacy/*", reference: "nvidia/cuda:12.1.*", until: 2027-03-31, because: old}
images:
  cpu: {base: distro, workload: training, os: debian13, python: "3.13", torch: 2.13.0, budget: 1 GB}
"""


def scanned(folder, day=DAY):
    facts = load_facts()
    wanted = Wanted(root=folder, paths=(str(folder),), named=())
    sources = read_sources(wanted, facts)
    return judge_sources(wanted, sources, ground_of(sources, facts, day, {}), offline=True)


def overdue(result):
    return [each.file for each in result.findings if each.rule == "base-overdue"]


def mark(rest):
    return f"# imagewright: ignore[base-overdue]{rest}\n"


def test_a_comment_above_suppresses_one_finding_and_stays_visible(tmp_path):
    text = mark(" until 2027-03-31 because it ends in March") + "# more words\n" + FROM + FROM
    (tmp_path / "Dockerfile").write_text(text)
    result = scanned(tmp_path)
    assert [each.line for each in result.findings if each.rule == "base-overdue"] == [4]
    (quiet,) = result.suppressed
    assert (quiet.finding.line, quiet.because) == (3, "it ends in March")
    assert quiet.until == datetime.date(2027, 3, 31)


@pytest.mark.parametrize(
    "rest",
    ["", " until 2027-03-31", " because x", " until 2027-02-31 because x", " until x because y"],
)
def test_without_reason_or_day_it_suppresses_nothing(tmp_path, rest):
    (tmp_path / "Dockerfile").write_text(mark(rest) + FROM)
    result = scanned(tmp_path)
    assert overdue(result) == ["Dockerfile"]
    assert [each.line for each in result.findings if each.rule == "suppression"] == [1]


def test_from_its_day_on_it_is_over_and_said_to_be(tmp_path):
    (tmp_path / "Dockerfile").write_text(mark(" until 2026-11-24 because x") + FROM)
    assert overdue(scanned(tmp_path)) == []
    late = scanned(tmp_path, datetime.date(2026, 11, 24))
    assert overdue(late) == ["Dockerfile"]
    assert any("ended on 2026-11-24" in each.message for each in late.findings)


def test_an_unknown_rule_is_a_flaw():
    text = "# imagewright: ignore[base-overdu] until 2027-01-01 because x\n"
    found, (flaw,) = comment_suppressions("f", text, BY_ID)
    assert not found
    assert "no rule 'base-overdu'" in flaw.message


def test_the_matrix_suppresses_by_globs(tmp_path):
    (tmp_path / "matrix.yaml").write_text(MATRIX.replace("RULE", "base-overdue"))
    for folder in ("legacy", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Dockerfile").write_text(FROM)
    result = scanned(tmp_path)
    assert overdue(result) == ["new/Dockerfile"]
    assert [each.finding.file for each in result.suppressed] == ["legacy/Dockerfile"]


def test_the_matrix_cannot_name_a_rule_that_is_none(tmp_path):
    (tmp_path / "matrix.yaml").write_text(MATRIX.replace("RULE", "base-overdu"))
    with pytest.raises(BadInput, match=r"matrix.yaml:6: suppress: there is no rule"):
        scanned(tmp_path)
