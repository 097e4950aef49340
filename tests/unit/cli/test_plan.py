"""`imagewright plan` as a person and a program call it: text, JSON, exit codes."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.matrix.examples import SMALL
from validation.cli import main

ROOT = Path(__file__).parents[3]
CPU, INFERENCE = "cpu-torch2.13.0-py3.11-debian12", "inference-py3.11-debian12"


@pytest.fixture
def plan(tmp_path, capsys):
    """Return a function: run `plan` on a matrix's text, return (exit code, stdout, stderr)."""

    def plan(*arguments, text=SMALL):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "matrix.yaml").write_bytes(data)
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(tmp_path), "plan", *arguments])
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return plan


def test_json_has_the_keys_that_programs_read(plan):
    code, out, _ = plan("--format", "json")
    assert code == 0
    whole = json.loads(out)
    assert list(whole) == ["images", "skipped", "lost"]
    cpu, inference = whole["images"]
    wanted = {
        "id": CPU, "family": "cpu", "base": "debian:12-slim", "cuda": None, "variant": "cpu",
        "torch": "2.13.0", "torchvision": None, "cupy": None, "python": "3.11", "os": "debian12",
        "locked": False, "default": True, "device": "cpu", "budget_mb": 1500,
    }  # fmt: skip
    assert wanted.items() <= cpu.items()
    assert (inference["torch"], inference["default"]) == (None, False)


def test_locked_is_what_the_locks_themselves_say(plan, tmp_path):
    shutil.copytree(ROOT / "images", tmp_path / "images")
    _, out, _ = plan("--format", "json")
    assert [image["locked"] for image in json.loads(out)["images"]] == [True, True]
    (tmp_path / "images" / CPU / "torch.lock").write_text("")
    (tmp_path / "images" / INFERENCE / "requirements.lock").write_bytes(b"\xff\xfe")
    _, out, _ = plan("--format", "json")
    assert [image["locked"] for image in json.loads(out)["images"]] == [False, False]


def test_the_table_cuts_no_id_where_nobody_watches(plan):
    code, out, _ = plan()
    assert code == 0
    assert [line.split()[0] for line in out.split("\n")[1:3]] == [CPU, INFERENCE]
    assert out.endswith("2 images\n")
    assert "\x1b" not in out


def test_selectors_narrow_every_format(plan):
    _, table, _ = plan("workload=inference")
    _, text, _ = plan("workload=inference", "--format", "json")
    _, bake, _ = plan("workload=inference", "--format", "bake")
    _, jobs, _ = plan("workload=inference", "--format", "github")
    assert CPU not in table
    assert [image["id"] for image in json.loads(text)["images"]] == [INFERENCE]
    name = "inference-py3_11-debian12"
    assert list(json.loads(bake)["target"]) == [name]
    assert json.loads(bake)["group"]["default"]["targets"] == [name]
    assert [job["id"] for job in json.loads(jobs)["include"]] == [INFERENCE]


def test_github_is_one_line(plan):
    _, out, _ = plan("--format", "github")
    assert out.count("\n") == 1
    assert list(json.loads(out)) == ["include"]


def test_three_mistakes_are_three_located_lines_and_exit_2(plan):
    text = (
        SMALL.replace("workload: training", "worklod: training")
        .replace("packages: [fastapi, uvicorn]", "packages: 7")
        .replace("torch: 2.13.0", "torch: 2.13.x")
    )
    code, out, err = plan(text=text)
    assert (code, out) == (2, "")
    located = [line for line in err.split("\n") if line.strip().startswith("matrix.yaml:")]
    assert [line.strip().split(" ")[0] for line in located] == [
        "matrix.yaml:18:5:",
        "matrix.yaml:21:12:",
        "matrix.yaml:34:15:",
    ]
    assert err.startswith("error: matrix.yaml: 3 errors\n")


@pytest.mark.parametrize(
    ("arguments", "text", "told"),
    [
        (["cuda=12.6"], SMALL, "no cuda=12.6; no image has one"),
        (["cpu"], SMALL, "did you mean 'family=cpu'?"),
        (["famly=cpu"], SMALL, "unknown axis 'famly'; did you mean 'family'?"),
        (["--format", "yaml"], SMALL, "'yaml' is not one of"),
        ([], "", "matrix.yaml:1:1: empty"),
        ([], b"\xff\xfe", "matrix.yaml:1:1: byte 0xFF is not UTF-8"),
        ([], b"#" * 300_000, "matrix.yaml:1:1: more than 262,144 bytes"),
        (
            [],
            SMALL.replace("family=cpu", "family=gpu"),
            "matrix.yaml:5:11: default: 'family=gpu'",
        ),
    ],
)
def test_bad_input_is_exit_2_with_no_result(plan, arguments, text, told):
    code, out, err = plan(*arguments, text=text)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_what_cannot_be_is_told_with_its_reasons_and_a_way_out(plan):
    text = SMALL.replace("torch: 2.13.0", "torch: [2.13.0, 2.1.0]")
    text = text.replace('python: "3.11"', 'python: "3.13"', 1).replace("debian12", "debian13", 1)
    code, out, _ = plan("family=cpu", "--format", "json", text=text)
    assert code == 0
    whole = json.loads(out)
    assert [image["torch"] for image in whole["images"]] == ["2.13.0"]
    (skip,) = whole["skipped"]
    assert skip["axes"]["torch"] == "2.1.0"
    assert skip["reasons"]
    assert all(reason["message"] and reason["source"] for reason in skip["reasons"])
    assert skip["nearest"][0]["moves"]
    _, table, _ = plan("family=cpu", text=text)
    assert f"cannot be: {skip['id']}" in table
    assert "\n  nearest: " in table
    assert " → " in table


def test_a_job_list_is_never_empty(plan):
    text = SMALL.replace("torch: 2.13.0", "torch: 2.1.0")
    text = text.replace('python: "3.11"', 'python: "3.13"', 1).replace("debian12", "debian13", 1)
    code, out, err = plan("family=cpu", "--format", "github", text=text)
    assert (code, out) == (2, "")
    assert "cannot be" in err
