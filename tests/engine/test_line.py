"""The line as a newcomer walks it: build, build again, prove, report."""

import json
import shutil
import subprocess
import time

import pytest

from .conftest import Checkout

pytestmark = pytest.mark.engine


def newest_receipt(checkout: Checkout, family: str) -> dict:
    found = sorted((checkout.root / "out/receipts").glob(f"{family}-*/*.json"))
    assert found, f"no receipt for {family}"
    return json.loads(found[-1].read_text())


def test_build_again_starts_no_build(line):
    start = time.monotonic()
    done = line.imagewright("build")
    assert "0 built, 2 unchanged, 0 failed" in done.stdout
    # The promise is 2 s on a quiet machine; tests share theirs with other work.
    assert time.monotonic() - start < 6


def test_proofs_leave_a_receipt_a_model_and_a_report(line):
    done = line.imagewright("test")
    receipt = newest_receipt(line, "cpu")
    outcomes = [proof["outcome"] for proof in receipt["proofs"]]
    assert outcomes.count("passed") >= 15
    assert "failed" not in outcomes
    assert all(p["reason"] for p in receipt["proofs"] if p["outcome"] == "skipped")
    model = line.root / receipt["model"]["path"]
    assert model.stat().st_size > 10_000
    assert receipt["image"]["id"] in (line.root / "out/report/report.md").read_text()
    assert "passed" in done.stdout


def test_touching_the_trainer_rebuilds_only_the_last_layers(line, tmp_path):
    copy = Checkout(tmp_path / "copy")
    shutil.copytree(line.root, copy.root, ignore=shutil.ignore_patterns("out"))
    with (copy.root / "trainer/__init__.py").open("a") as file:
        file.write("\n# touched\n")
    done = copy.imagewright("build", "family=cpu")
    assert "built" in done.stdout
    log = next((copy.root / "out/logs").glob("cpu-*.build.log")).read_text()
    assert "# install requirements.lock" in log
    # A step that runs prints its own output; here every install step is cached.
    steps = {text.split()[0] for text in log.splitlines() if "] RUN " in text}
    cached = {text.split()[0] for text in log.splitlines() if text.endswith(" CACHED")}
    assert steps
    assert steps <= cached, f"not cached: {steps - cached}"
    line.imagewright("build")  # the tag is the line's again


def test_dry_run_builds_nothing(line):
    done = line.imagewright("build", "--dry-run", "--no-cache")
    assert "id=installer" in done.stdout
    assert "buildx build" in done.stdout
    assert done.stdout.count(": build\n") == 2


def test_two_proofs_at_once_both_pass(line):
    runs = [
        subprocess.Popen(
            line.command("test"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    outputs = [run.communicate(timeout=900)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], "\n".join(outputs)
