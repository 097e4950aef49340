"""Every format of one scan: valid by its own rules, and nothing from a file makes markup."""

import datetime
import json
from xml.etree import ElementTree

import pytest

from validation.cli.scanning import Wanted, ground_of, judge_sources, read_sources
from validation.facts.load import load_facts
from validation.report.scan.as_github import format_github
from validation.report.scan.as_junit import format_junit
from validation.report.scan.as_markdown import format_markdown
from validation.report.scan.as_sarif import format_sarif
from validation.watch.rules import BY_ID

DOCKERFILE = """\
FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04
RUN pip install torch>=2.0
FROM nvidia/cuda:${A|<b>}-x
# imagewright: ignore[base-disputed] until 2027-03-31 because <i>known</i>|x
FROM nvidia/cuda:12.6.3-runtime-ubuntu22.04
FROM nvidia/cuda:13.0.3-runtime-ubuntu22.04
"""


@pytest.fixture
def result(tmp_path):
    folder = tmp_path / "a b,c:d%"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    facts = load_facts()
    wanted = Wanted(root=tmp_path, paths=(str(tmp_path),), named=())
    sources = read_sources(wanted, facts)
    ground = ground_of(sources, facts, datetime.date(2026, 11, 23), {})
    return judge_sources(wanted, sources, ground, offline=True)


def test_sarif_tells_all_that_was_found_and_marks_what_is_suppressed(result):
    log = json.loads(format_sarif(result))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(BY_ID)
    assert len(run["results"]) == len(result.findings) + len(result.suppressed)
    (quiet,) = (each for each in run["results"] if "suppressions" in each)
    assert quiet["suppressions"][0]["kind"] == "inSource"


def test_github_commands_are_escaped(result):
    lines = format_github(result).split("\n")
    assert len(lines) == len(result.findings)
    for line in lines:
        assert line.startswith(("::error ", "::warning ", "::notice "))
        assert "file=a b%2Cc%3Ad%25/Dockerfile,line=" in line


def test_junit_is_xml_and_counts(result):
    suite = ElementTree.fromstring(format_junit(result))  # noqa: S314  (our own XML)
    failures = [each for each in result.findings if each.level != "note"]
    assert int(suite.get("failures")) == len(failures) == len(suite.findall(".//failure"))
    assert int(suite.get("skipped")) == 1
    assert int(suite.get("tests")) == len(suite.findall("testcase"))


def test_markdown_tells_every_base_and_escapes(result):
    page = format_markdown(result)
    assert "`nvidia/cuda:12.1.0-runtime-ubuntu22.04` | overdue |" in page
    assert "<b>" not in page.replace("\\<b\\>", "")
    assert "\\<i\\>known" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(line.endswith(" |") for line in rows)
