"""`imagewright scan` and `rules`, from arguments to text and exit codes; always offline."""

import io
import json
from pathlib import Path

import pytest
import yaml

from validation.cli import main
from validation.cli.rules import PATH
from validation.report.scan.rules_page import rules_page
from validation.watch.rules import RULES

ROOT = Path(__file__).parents[3]
DAY = ("--offline", "--today", "2026-11-23")


@pytest.fixture
def scan(capsys):
    """Run the verb; return (exit code, stdout, stderr)."""

    def ran(*words):
        with pytest.raises(SystemExit) as over:
            main(["scan", *DAY, *words])
        told = capsys.readouterr()
        return over.value.code, told.out, told.err

    return ran


def one(scan, tag):
    _, out, _ = scan("--format", "json", f"nvidia/cuda:{tag}")
    (base,) = json.loads(out)["bases"]
    return base


def dates(base):
    return " ".join(each["says"] for each in base["evidence"])


def test_12_1_0_is_overdue_and_its_replacement_names_the_torch_move(scan):
    base = one(scan, "12.1.0-runtime-ubuntu22.04")
    assert (base["verdict"], base["flagged"], base["served"]) == ("overdue", "yes", "unknown")
    assert "2023-04-18" in dates(base)
    assert "2023-10-18" in dates(base)
    assert base["deletion_estimate"] == "2023-10-01"
    assert "torch" in base["replacement"]["pair"]


def test_12_6_0_is_overdue_with_both_dates(scan):
    base = one(scan, "12.6.0-runtime-ubuntu22.04")
    assert base["verdict"] == "overdue"
    assert any("2025-02-28" in text and "2025-03-05" in text for text in base["conflicts"])


def test_12_6_3_is_disputed_and_both_sides_are_told(scan):
    base = one(scan, "12.6.3-runtime-ubuntu22.04")
    assert base["verdict"] == "disputed"
    assert any("R560" in text and "supported tags" in text for text in base["conflicts"])


def test_12_2_2_tells_the_branch_end_and_six_months(scan):
    told = dates(one(scan, "12.2.2-base-ubuntu22.04"))
    assert "R535, which ends 2026-06-01" in told
    assert "six months later, 2026-12-01" in told


@pytest.mark.parametrize(
    ("tag", "headline"),
    [
        ("13.1.0-runtime-ubuntu22.04", "overdue"),
        ("13.1.2-runtime-ubuntu22.04", "eol-due"),
        ("13.0.3-runtime-ubuntu22.04", "current"),
        ("12.4.0-cudnn8-runtime-ubuntu22.04", "unpublished"),
    ],
)
def test_headlines(scan, tag, headline):
    assert one(scan, tag)["verdict"] == headline


def test_the_json_has_the_keys_that_were_promised(scan):
    told = json.loads(scan("--format", "json", "nvidia/cuda:12.1.0-runtime-ubuntu22.04")[1])
    assert {"today", "next_review", "bases", "findings", "unresolved"} <= told.keys()
    (base,) = told["bases"]
    promised = (
        "reference resolved_from verdict support deletion served flagged eol deletion_estimate"
        " days_left confidence evidence conflicts replacement"
    )
    assert set(promised.split()) == base.keys()
    assert {"signal", "says", "date", "source", "as_of"} <= base["evidence"][0].keys()
    assert all(
        {"rule", "level", "file", "line", "message", "fix"} == each.keys()
        for each in told["findings"]
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_same_scan_gives_the_same_bytes(scan, form):
    assert scan("--format", form, str(ROOT)) == scan("--format", form, str(ROOT))


def test_this_repository_raises_notes_only(scan):
    code, out, _ = scan("--format", "json", str(ROOT))
    assert {each["level"] for each in json.loads(out)["findings"]} <= {"note"}
    assert code == 0


@pytest.mark.parametrize(
    ("fail_on", "code"), [("note", 1), ("warning", 1), ("error", 0), ("never", 0)]
)
def test_exit_1_from_the_level_on(scan, fail_on, code):
    assert scan("--fail-on", fail_on, "nvidia/cuda:12.6.3-base-ubuntu22.04")[0] == code


def test_text_says_what_to_do(scan):
    code, out, _ = scan("nvidia/cuda:12.1.0-runtime-ubuntu22.04", "--installs", "torch==2.2.0")
    assert code == 1
    assert "→ use " in out
    assert "Offline: judged by the committed facts alone." in out


def test_an_image_named_outright_is_judged_whatever_the_matrix_suppresses(scan, tmp_path):
    reference = "nvidia/cuda:12.1.0-base-ubuntu22.04"
    quiet = "suppress: [{rule: base-overdue, until: 2027-01-01, because: known}]\n"
    (tmp_path / "matrix.yaml").write_text(REVIEWED.replace("2026-10-01", "2027-01-01") + quiet)
    (tmp_path / "Dockerfile").write_text(f"FROM {reference}\n")
    assert scan(str(tmp_path))[0] == 0
    with pytest.raises(SystemExit) as over:
        main(["--root", str(tmp_path), "scan", *DAY, reference])
    assert over.value.code == 1


def test_references_come_from_standard_input(scan, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin",
        io.StringIO("# bases\nubuntu:24.04\n\nnvidia/cuda:12.1.0-base-ubuntu22.04 # x\n"),
    )
    code, out, _ = scan("--format", "json", "-")
    told = json.loads(out)
    assert code == 1
    assert [base["resolved_from"][0]["line"] for base in told["bases"]] == [4, 2]


def test_lines_of_images_without_a_name_are_left_out_and_counted(scan, monkeypatch):
    lines = "<none>:<none>\nteam/app:<none>\nnvidia/cuda:12.1.0-base-ubuntu22.04\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    code, out, err = scan("--format", "json", "-")
    assert (code, len(json.loads(out)["bases"])) == (1, 1)
    assert "left out 2 lines" in err
    monkeypatch.setattr("sys.stdin", io.StringIO("<none>:<none>\n"))
    assert scan("-")[0] == 0


def test_a_line_that_is_no_reference_is_an_error_beside_the_others(scan, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ubuntu:24.04\nREPOSITORY   TAG\n"))
    code, out, _ = scan("--format", "json", "-")
    told = json.loads(out)
    assert (code, len(told["bases"])) == (1, 1)
    (error,) = [each for each in told["findings"] if each["level"] == "error"]
    assert (error["rule"], error["file"], error["line"]) == ("line-not-read", "-", 2)
    monkeypatch.setattr("sys.stdin", io.StringIO("REPOSITORY   TAG\n"))
    assert scan("-")[0] == 2


@pytest.mark.parametrize("name", ["requirements.txt", "requirements/dev.in", "pip.conf", "uv.toml"])
def test_a_named_file_that_rules_read_is_not_said_to_be_unread(scan, tmp_path, name):
    (tmp_path / ".git").mkdir()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("--trusted-host example.com\n")
    assert "file-not-read" not in scan(str(tmp_path / name))[1]
    (tmp_path / "notes.bin").write_text("x")
    assert "file-not-read" in scan(str(tmp_path / "notes.bin"))[1]


def test_the_hook_scans_the_repository_whatever_was_changed():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["pass_filenames"] is False
    assert not hook.keys() & {"files", "types", "types_or"}


@pytest.mark.parametrize("target", ["no/such/File", "dockerfiels", "UPPER:case", "./gone"])
def test_what_is_neither_path_nor_image_is_bad_input(scan, target):
    assert scan(target)[0] == 2


def test_a_broken_matrix_is_bad_input(scan, tmp_path):
    (tmp_path / "matrix.yaml").write_text("version: 1\nrepository: r\nimages: {}\nfleet: {}\n")
    assert scan(str(tmp_path))[0] == 2


def test_rules_page_is_written():
    assert PATH.read_text() == rules_page(RULES), "run: python -m validation.cli.rules"


def test_rules_are_listed_and_told(capsys):
    with pytest.raises(SystemExit) as over:
        main(["rules", "shell-redirect"])
    assert over.value.code == 0
    assert "redirection" in capsys.readouterr().out
    with pytest.raises(SystemExit) as over:
        main(["rules", "shel-redirect"])
    assert over.value.code == 2
    assert "did you mean 'shell-redirect'" in capsys.readouterr().err


REVIEWED = """\
version: 1
repository: r
uv: 0.13.9
fleet: {drivers: ">=535", gpus: [sm_80]}
review: {every: quarter, anchor: "2026-10-01"}
images:
  cpu: {base: distro, workload: training, os: debian13, python: "3.13", torch: 2.13.0, budget: 1 GB}
"""


def test_a_recorded_review_moves_the_next_one(scan, tmp_path):
    (tmp_path / "matrix.yaml").write_text(REVIEWED)
    assert "review of 2026-10-01 is overdue" in scan(str(tmp_path))[1]
    code, out, err = scan("--record", str(tmp_path))
    assert (code, "overdue" in out) == (0, False)
    assert "next review is on 2027-01-01" in err
    page = (tmp_path / "docs/reviews/2026-11-23.md").read_text()
    assert "debian:13-slim" in page
    assert scan(str(tmp_path))[0] == 0


def test_a_matrix_without_a_fleet_declares_its_review(scan, tmp_path):
    text = "".join(line for line in REVIEWED.splitlines(True) if not line.startswith("fleet"))
    (tmp_path / "matrix.yaml").write_text(text)
    assert scan("--record", str(tmp_path))[0] == 0
    assert (tmp_path / "docs/reviews/2026-11-23.md").is_file()


@pytest.mark.parametrize("tag", ["debian:10", "alpine:3.10", "centos:8", "ubuntu:25.04"])
def test_a_distribution_that_ended_fails_the_scan(scan, tag):
    code, out, _ = scan(tag)
    assert code == 1
    assert f"{tag}: eol" in out


def test_a_part_is_no_review(scan, tmp_path):
    (tmp_path / "matrix.yaml").write_text(REVIEWED)
    (tmp_path / "Dockerfile").write_text("FROM debian:13-slim\n")
    assert scan("--record", str(tmp_path / "Dockerfile"))[0] == 2
    assert not (tmp_path / "docs").exists()


def test_the_json_carries_a_patch_that_mends(scan, tmp_path):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("ARG CUDA=13.1.2\nFROM nvidia/cuda:${CUDA}-base-ubuntu24.04\n")
    (base,) = json.loads(scan("--format", "json", str(tmp_path))[1])["bases"]
    assert base["replacement"]["reference"] == "nvidia/cuda:13.0.3-base-ubuntu24.04"
    assert "-ARG CUDA=13.1.2\n+ARG CUDA=13.0.3\n" in base["replacement"]["patch"]


def test_a_scanned_file_cannot_command_the_terminal(scan, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM x\x1b[2J${NOPE}\n")
    assert "\x1b" not in scan(str(tmp_path))[1]
