""".github/base-issues with a `gh` that notes what it is told: one issue for each base."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from validation.cli import main

SCRIPT = Path(__file__).parents[2] / ".github/base-issues"
GH = """#!/usr/bin/env bash
printf '%s|' "$@" >> "$TOLD"; echo >> "$TOLD"
if [ "$1 $2" = "issue list" ]; then cat "$KNOWN"; fi
"""
BAD = "nvidia/cuda:12.{}.0-base-ubuntu22.04"

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")


@pytest.fixture
def issues(tmp_path, capsys):
    """Return a function: Dockerfile's text and open issues → what gh was told."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)

    def told(dockerfile, known=()):
        folder = tmp_path / "repository"
        folder.mkdir()
        (folder / "Dockerfile").write_text(dockerfile)
        words = ["scan", "--offline", "--today", "2026-11-23", "--format", "json", str(folder)]
        with pytest.raises(SystemExit):
            main(words)
        (tmp_path / "scan.json").write_text(capsys.readouterr().out)
        (tmp_path / "known.json").write_text(json.dumps(list(known)))
        environment = {
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "TOLD": str(tmp_path / "told"),
            "KNOWN": str(tmp_path / "known.json"),
        }
        subprocess.run(["bash", SCRIPT, tmp_path / "scan.json"], env=environment, check=True)
        lines = (tmp_path / "told").read_text().splitlines()
        return [line.split("|")[:4] for line in lines if "create" in line or "edit" in line][1:]

    return told


def test_one_issue_for_a_base_that_stands_in_many_places(issues):
    base = BAD.format(1)
    assert issues(f"FROM {base}\nFROM {base}\nFROM nvidia/cuda:13.0.3-base-ubuntu22.04\n") == [
        ["issue", "create", "--title", f"Base image {base}"]
    ]


def test_an_open_issue_is_updated(issues):
    base = BAD.format(1)
    known = [{"number": 7, "title": f"Base image {base}"}, {"number": 8, "title": "Base image"}]
    assert issues(f"FROM {base}\n", known) == [["issue", "edit", "7", "--body-file"]]


def test_what_is_suppressed_opens_none(issues):
    mark = "# imagewright: ignore[base-overdue] until 2027-03-31 because known\n"
    assert issues(mark + f"FROM {BAD.format(1)}\n") == []


def test_never_a_flood(issues):
    tags = [f"12.{minor}.0-{flavor}-ubuntu22.04" for minor in (1, 2, 3, 4, 5, 6)
            for flavor in ("base", "runtime")]  # fmt: skip
    assert len(issues("".join(f"FROM nvidia/cuda:{tag}\n" for tag in tags))) == 10
