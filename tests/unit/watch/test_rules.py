"""Every rule finds what it is about, and nothing in the right spelling of the same."""

import datetime

import pytest

from validation.cli.scanning import Wanted, ground_of, judge_sources, read_sources
from validation.facts.load import load_facts
from validation.watch.nouns import RegistryAnswer
from validation.watch.rules import BY_ID, RULES

DAY = datetime.date(2026, 11, 23)
CURRENT = "FROM nvidia/cuda:13.0.3-runtime-ubuntu22.04\n"
MATRIX = """\
version: 1
repository: r
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
review: {every: quarter, anchor: 2026-10-01}
images:
  cpu: {base: distro, workload: training, os: debian13, python: "3.13", torch: 2.13.0, budget: 1 GB}
"""


def found(folder, files, day=DAY, answers=None):
    """Return (rule, file, line) of all findings in files written into a folder.

    `answers` are what the registry said, by reference; none: it was not asked.
    """
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    facts = load_facts()
    wanted = Wanted(root=folder, paths=(str(folder),), named=())
    sources = read_sources(wanted, facts)
    ground = ground_of(sources, facts, day, answers or {})
    result = judge_sources(wanted, sources, ground, offline=answers is None)
    return {(each.rule, each.file, each.line) for each in result.findings}


JULY = datetime.date(2026, 7, 23)
FLAGGED = RegistryAnswer(exists="yes", environment={"NVIDIA_CUDA_END_OF_LIFE": "1"})
GONE = RegistryAnswer(exists="no")
# rule: the tag, the day, what its registry says of it
HEADLINES = {
    "base-gone": ("13.0.3-runtime-ubuntu22.04", DAY, GONE),
    "base-unpublished": ("12.4.0-cudnn8-runtime-ubuntu22.04", DAY, None),
    "base-disputed": ("12.6.3-runtime-ubuntu22.04", DAY, None),
    "base-overdue": ("12.1.0-runtime-ubuntu22.04", DAY, None),
    "base-deletion-due": ("12.2.2-runtime-ubuntu22.04", DAY, None),
    "base-flagged": ("13.0.3-runtime-ubuntu22.04", DAY, FLAGGED),
    # R535 ended on 1 June; six months later is after the review of 1 October.
    "base-eol": ("12.2.2-runtime-ubuntu22.04", JULY, None),
    # 13.2.1 replaced it, and six months after that is after the same review.
    "base-superseded": ("13.2.0-runtime-ubuntu22.04", JULY, None),
    "base-eol-due": ("13.1.2-runtime-ubuntu22.04", DAY, None),
    "base-unknown": ("99.1.0-runtime-ubuntu22.04", DAY, None),
}


@pytest.mark.parametrize("rule", HEADLINES)
def test_a_verdict_is_a_finding_of_its_own_rule(tmp_path, rule):
    tag, day, answer = HEADLINES[rule]
    reference = f"nvidia/cuda:{tag}"
    answers = {reference: answer} if answer else None
    seen = found(tmp_path, {"Dockerfile": f"FROM {reference}\n"}, day, answers)
    assert (rule, "Dockerfile", 1) in seen
    others = {name for name in BY_ID if name.startswith("base-")} - {rule, "base-undigested"}
    assert not {name for name, _, _ in seen} & others


def test_a_current_base_is_only_undigested(tmp_path):
    assert found(tmp_path, {"Dockerfile": CURRENT}) == {("base-undigested", "Dockerfile", 1)}


def test_a_current_base_with_its_digest_is_nothing(tmp_path):
    pinned = CURRENT.strip() + "@sha256:" + "0" * 64 + "\n"
    assert found(tmp_path, {"Dockerfile": pinned}) == set()


BAD = {
    "base-floating": ("Dockerfile", "FROM ubuntu\n", 1),
    "base-unresolved": ("Dockerfile", "FROM nvidia/cuda:${NOPE}-base\n", 1),
    "os-eol": ("Dockerfile", "FROM nvidia/cuda:12.8.1-base-ubuntu20.04\n", 1),
    "torch-wheel-missing": (
        "Dockerfile",
        CURRENT + "RUN pip install torch==2.5.0 -i https://download.pytorch.org/whl/cu126\n",
        1,
    ),
    "cupy-without-headers": ("Dockerfile", CURRENT + "RUN pip install cupy-cuda13x\n", 1),
    "index-url-overridden": ("requirements.txt", "-i https://a/s\nx\n--index-url=https://b/s\n", 1),
    "trusted-host": ("requirements-dev.txt", "x\n--trusted-host example.com\n", 2),
    "shell-redirect": ("Dockerfile", CURRENT + "RUN echo a && \\\n pip install x>=2.0\n", 3),
    "suppression": (
        "Dockerfile",
        "# imagewright: ignore[base-overdue] until 2026-11-23 because over today\n"
        "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\n",
        1,
    ),
    "driver-above-fleet": ("Dockerfile", CURRENT, 1),
    "review-overdue": ("matrix.yaml", MATRIX, 5),
    "file-not-read": ("compose.yaml", "services: [\n", None),
}
GOOD = {
    "base-floating": "FROM ubuntu:24.04\n",
    "base-unresolved": "ARG NOPE=13.0.3\nFROM nvidia/cuda:${NOPE}-base-ubuntu22.04\n",
    "os-eol": CURRENT,
    "torch-wheel-missing": CURRENT
    + "RUN pip install torch==2.6.0 -i https://download.pytorch.org/whl/cu126\n",
    "cupy-without-headers": CURRENT + "RUN pip install 'cupy-cuda13x[ctk]'\n",
    "trusted-host": CURRENT + "# never --trusted-host\n",
    "shell-redirect": CURRENT + "RUN pip install 'x>=2.0' \"y<3\" > /log 2>&1; test 3 -gt 2\n",
}


INSTALLS_BY_SHELL = [
    ("RUN <<EOT\npip install torch>=2.6\nEOT\n", {3}),
    ("RUN bash -ex <<'EOT'\nset -e\npip install \\\n  'a>=1' torch<2.6\nEOT\n", {5}),
    ("RUN --mount=type=cache,target=/x <<EOT\n#!/bin/bash\npip install a>=1\nEOT\n", {4}),
    ("RUN pip install torch >=2.0\n", {2}),
    ("RUN pip install torch >= 2.0 && uv add x <3.1\n", {2}),
    ("RUN <<EOT\n#!/usr/bin/env python3\n# pip install a>=1\npip install a>=1\nEOT\n", set()),
    ("RUN python3 <<EOT\npip install a>=1\nEOT\n", set()),
    ("RUN <<EOT\n# pip install a>=1\npip install 'a>=1' \"b <2\" >2.log 2>&1\nEOT\n", set()),
    ("COPY <<EOT /r.sh\npip install a>=1\nEOT\n", set()),
    ("RUN pip install a > 1.txt\n", set()),
]


@pytest.mark.parametrize(("text", "lines"), INSTALLS_BY_SHELL)
def test_what_the_shell_reads_as_a_redirection(tmp_path, text, lines):
    seen = found(tmp_path, {"Dockerfile": CURRENT + text})
    assert {line for rule, _, line in seen if rule == "shell-redirect"} == lines


@pytest.mark.parametrize("pin", ["2.10.0.dev20260101+cu126", "2.7.0rc1+cu999"])
def test_a_pinned_nightly_may_exist(tmp_path, pin):
    index = "--index-url https://download.pytorch.org/whl/nightly/cu126"
    text = f"{CURRENT}RUN pip install --pre torch=={pin} {index}\n"
    assert "torch-wheel-missing" not in {rule for rule, *_ in found(tmp_path, {"Dockerfile": text})}


def test_a_matrix_needs_no_fleet(tmp_path):
    quiet = "suppress: [{rule: base-overdue, until: 2027-01-01, because: known}]\nos_support: lts\n"
    text = "".join(line for line in MATRIX.splitlines(True) if not line.startswith("fleet"))
    files = {
        "matrix.yaml": text + quiet,
        "Dockerfile": "FROM debian:12\nFROM nvidia/cuda:12.1.0-base-ubuntu22.04\n",
    }
    rules = {rule for rule, *_ in found(tmp_path, files)}
    assert "review-overdue" in rules
    assert not rules & {"base-overdue", "base-eol"}


@pytest.mark.parametrize(
    "data",
    [
        b"name: caf\xe9\nimages: [a]\n",
        b"\xff\xfe\x00",
        b"version: 1\nrepository: r\nimages: []\n",
        b"version: 1\n" * 200_000,
    ],
)
def test_another_tools_matrix_stops_no_scan(tmp_path, data):
    (tmp_path / "matrix.yaml").write_bytes(data)
    seen = found(tmp_path, {"Dockerfile": "FROM nvidia/cuda:12.1.0-base-ubuntu22.04\n"})
    assert ("base-overdue", "Dockerfile", 1) in seen


def test_a_comment_of_our_matrix_that_is_not_utf_8_is_passed(tmp_path):
    (tmp_path / "matrix.yaml").write_bytes(MATRIX.encode() + b"# caf\xe9\n")
    assert ("review-overdue", "matrix.yaml", 5) in found(tmp_path, {})


@pytest.mark.parametrize("rule", BAD)
def test_a_rule_finds_what_it_is_about(tmp_path, rule):
    file, text, line = BAD[rule]
    seen = found(tmp_path, {"matrix.yaml": MATRIX, file: text})
    assert any(each[:2] == (rule, file) and line in {None, each[2]} for each in seen)


@pytest.mark.parametrize("rule", GOOD)
def test_a_rule_passes_what_is_right(tmp_path, rule):
    seen = found(tmp_path, {"Dockerfile": GOOD[rule]})
    assert rule not in {name for name, _, _ in seen}


def test_one_index_url_named_twice_overrides_nothing(tmp_path):
    text = "-i https://a/s\nx\n-i https://a/s\n--extra-index-url https://b/s\n"
    assert found(tmp_path, {"requirements.txt": text}) == set()


def test_a_recorded_review_is_not_overdue(tmp_path):
    files = {"matrix.yaml": MATRIX, "docs/reviews/2026-11-02.md": "seen\n"}
    assert "review-overdue" not in {name for name, _, _ in found(tmp_path, files)}


def test_a_moved_digest_and_one_to_write_down(tmp_path):
    reference = "nvidia/cuda:13.0.3-runtime-ubuntu22.04"
    pinned = f"{reference}@sha256:{'0' * 64}"
    answer = RegistryAnswer(exists="yes", digest="sha256:" + "1" * 64)
    text = f"FROM {pinned}\nFROM {reference}\n"
    answers = {pinned: answer, reference: answer}
    assert found(tmp_path, {"Dockerfile": text}, answers=answers) == {
        ("digest-moved", "Dockerfile", 1),
        ("base-undigested", "Dockerfile", 2),
    }


OTHERS = {"digest-moved", "base-undigested", "line-not-read"}
"""Rules that are tested by themselves: the last one with `scan -`."""


def test_every_rule_is_tested_here():
    assert HEADLINES.keys() | BAD.keys() | OTHERS == BY_ID.keys()


def test_every_rule_has_a_title_and_says_more():
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        assert rule.title
        assert len(rule.text) > 80, rule.id
