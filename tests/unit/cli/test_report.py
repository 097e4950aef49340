"""`imagewright report`: what it prints, writes, keeps, leaves out and compares."""

import json
import shutil
from pathlib import Path

import pytest

from tests.report_inputs import EXAMPLE, ROOT
from validation.cli.reporting import inputs_today
from validation.errors import WorldFailed
from validation.model import Project
from validation.prove.store import read_receipts

DAY = ("--today", "2026-11-23")


@pytest.fixture
def fleet(checkout, monkeypatch):
    """The example fleet in a folder of its own, with its receipts; no engine answers."""

    def find_engine(_project):
        raise WorldFailed("none")

    monkeypatch.setattr("validation.cli.reporting.find_engine", find_engine)
    root = checkout.root / "fleet"
    shutil.copytree(EXAMPLE, root)
    checkout.root = root
    return checkout


def contents(folder: Path):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_terminal_says_first_what_to_move(fleet):
    code, out, err = fleet.imagewright("report", *DAY)
    assert code == 0
    assert out.startswith(
        "Move 3 of 15 images before the next review on 1 January 2027.\n\n10 days:"
    )
    assert "out/report/report.html" in err
    assert "no engine answers" in err


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("html", "<!doctype html>"),
        ("markdown", "# Move 3 of 15 images"),
        ("github", "> [!WARNING]\n> **Move 3 of 15 images"),
        ("json", '{\n  "version": 1,'),
    ],
)
def test_every_format_is_printed_and_the_files_are_written(fleet, form, start):
    code, out, _ = fleet.imagewright("report", *DAY, "--format", form)
    assert code == 0
    assert out.startswith(start)
    written = {path.name for path in (fleet.root / "out/report").iterdir()}
    assert written == {"report.html", "report.md", "report.json", "kept"}


def test_the_same_inputs_write_the_same_bytes_again(fleet, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second, second):
        assert fleet.imagewright("report", *DAY, "--out", str(folder))[0] == 0
    names = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    assert len(names) == 4
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_nothing_but_the_report_is_written(fleet):
    before = contents(fleet.root)
    fleet.imagewright("report", *DAY)
    after = contents(fleet.root)
    new = {name for name in after if after[name] != before.get(name)}
    assert new
    assert all("/out/report/" in name for name in new)


def test_a_corrupt_receipt_is_named_and_left_out(fleet):
    folder = fleet.root / "out/receipts/inference-py3.11-debian12"
    newest = sorted(folder.iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:700])
    code, out, err = fleet.imagewright("report", *DAY, "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert newest.name in err
    assert newest.name in told["left_out"][0]
    row = next(each for each in told["images"] if each["id"] == "inference-py3.11-debian12")
    assert len(row["history"]) == 3


@pytest.mark.parametrize("form", ["terminal", "markdown", "html", "github", "json"])
def test_what_was_proven_on_another_base_or_from_other_inputs_is_outdated(fleet, form):
    path = fleet.root / "matrix.yaml"
    before, family, after = path.read_text().partition("  next:\n")
    after = after.replace("[onnxscript,", "[flask, onnxscript,", 1)
    path.write_text(f"{before}{family}    patch: 13.0.2\n{after}")
    text = fleet.imagewright("report", *DAY, "--format", form)[1]
    told = json.loads((fleet.root / "out/report/report.json").read_text())
    rows = {row["id"]: row for row in told["images"]}
    moved = "next-cu130-torch2.11.0-py3.12-runtime-ubuntu24.04"
    assert rows[moved]["state"] == "outdated"
    assert (rows[moved]["base_digest"], rows[moved]["base_how"]) == ("", "")
    assert rows["inference-py3.11-debian12"]["base_digest"].startswith("sha256:")
    assert rows["inference-py3.11-debian12"]["state"] == "proven"
    assert told["tally"]["proven"] == 12
    line = "nvidia/cuda:13.0.2-runtime-ubuntu24.04"
    assert "outdated" in text
    assert f"planned on {line}" in text


def test_what_the_checkout_would_build_now_is_told_from_its_files(fleet):
    """An image's folder and the trainer say what a build would come to; without them nothing."""
    project = Project(root=fleet.root, cache=fleet.root / "cache")
    receipts = read_receipts(project).receipts
    assert inputs_today(project, receipts) == {}
    name = "cpu-torch2.13.0-py3.11-debian12"
    folder = fleet.root / "images" / name
    folder.mkdir(parents=True)
    shutil.copyfile(ROOT / "images" / name / "image.json", folder / "image.json")
    assert inputs_today(project, receipts) == {}
    (fleet.root / "trainer").mkdir()
    (fleet.root / "trainer/a.py").write_text("one = 1\n")
    first = inputs_today(project, receipts)
    assert list(first) == [name]
    (fleet.root / "trainer/a.py").write_text("one = 2\n")
    assert inputs_today(project, receipts)[name] != first[name]
    out = fleet.imagewright("report", *DAY, "--format", "markdown")[1]
    assert f"`{name}`: outdated: its Dockerfile, its locks or the trainer changed" in out
    (folder / "image.json").write_text("{")
    assert inputs_today(project, receipts) == {}


def test_times_without_a_zone_are_left_out_and_named(fleet):
    folder = fleet.root / "out/receipts/inference-py3.11-debian12"
    newest = sorted(folder.iterdir())[-1]
    newest.write_text(newest.read_text().replace('22:00:00Z"', '22:00:00"'))
    record = min((fleet.root / "out/builds").glob("*/*.json"))
    record.write_text(record.read_text().replace(':00Z"', ':00"'))
    code, _, err = fleet.imagewright("report", *DAY)
    assert code == 0
    assert f"{newest.name}: left out" in err
    assert fleet.imagewright("plan", "--format", "github", "--shards", "2")[0] == 0


def test_without_any_receipt_it_is_still_a_report(fleet):
    shutil.rmtree(fleet.root / "out")
    code, out, _ = fleet.imagewright("report", *DAY)
    assert code == 0
    assert "15 unproven" in out


def test_it_compares_with_the_last_report_of_an_earlier_day(fleet):
    fleet.imagewright("report", "--today", "2026-11-16")
    path = fleet.root / "matrix.yaml"
    path.write_text(path.read_text().replace("torch: [2.11.0, 2.13.0]", "torch: [2.12.1, 2.13.0]"))
    for _ in range(2):  # a second report of a day says the same, and not "no changes"
        out = fleet.imagewright("report", *DAY)[1]
        assert "changes since the report of 2026-11-16:" in out
        assert "next-cu130-torch2.11.0-py3.12-runtime-ubuntu24.04: removed" in out
        assert "next-cu130-torch2.12.1-py3.12-runtime-ubuntu24.04: added" in out
    kept = sorted(path.name for path in (fleet.root / "out/report/kept").iterdir())
    assert kept == ["2026-11-16.json", "2026-11-23.json"]


@pytest.mark.parametrize("text", [b"{}", b"", b"\xff\xfe", b'{"version": 2}'])
def test_a_last_report_that_cannot_be_read_is_named_and_left_aside(fleet, text):
    kept = fleet.root / "out/report/kept/2026-11-16.json"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(text)
    code, out, err = fleet.imagewright("report", *DAY)
    assert code == 0
    assert "2026-11-16.json: left out" in err
    assert "since the report" not in out


def test_another_day_moves_the_verdicts(fleet):
    out = fleet.imagewright("report", "--today", "2027-06-01", "--format", "markdown")[1]
    assert out.startswith("# Move ")
    assert "1 July 2027" in out


def test_a_day_that_is_none_is_bad_input(fleet):
    assert fleet.imagewright("report", "--today", "2027-02-30")[0] == 2


# --- the committed page


@pytest.fixture
def page(checkout):
    (checkout.root / "docs/images").mkdir(parents=True)
    for name in ("matrix.md", "images/calendar.svg"):
        shutil.copyfile(ROOT / "docs" / name, checkout.root / "docs" / name)
    return checkout


def test_the_committed_page_is_what_matrix_locks_and_facts_say(page):
    code, out, err = page.imagewright("report", "--check")
    assert (code, out) == (0, "docs/matrix.md is up to date\n"), err


def test_a_page_that_drifted_is_told_with_a_diff_and_written_anew(page):
    path = page.root / "docs/matrix.md"
    good = path.read_text()
    path.write_text(good.replace("| current |", "| eol |", 1))
    code, _, err = page.imagewright("report", "--check")
    assert code == 1
    assert "docs/matrix.md (committed)" in err
    assert page.imagewright("report", "--page")[0] == 0
    assert path.read_text() == good


def test_the_page_takes_nothing_from_receipts(page):
    shutil.copytree(EXAMPLE / "out", page.root / "out")
    assert page.imagewright("report", "--check")[0] == 0
