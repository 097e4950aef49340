"""`imagewright explain` as a person and a program call it: text, JSON, exit codes."""

import json

import pytest

from validation.cli import main

STORY = ("torch=2.5.0", "cuda=12.6", "python=3.11", "os=ubuntu22.04", "base=nvidia-cuda")


@pytest.fixture
def explain(capsys, monkeypatch, tmp_path):
    """Return a function: run `explain` outside of any checkout; (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def explain(*words):
        with pytest.raises(SystemExit) as ended:
            main(["explain", *words])
        return ended.value.code, *capsys.readouterr()

    return explain


def test_what_cannot_be_is_exit_1_with_reasons_and_ways_out(explain):
    code, out, err = explain(*STORY)
    assert (code, err) == (1, "")
    assert out.startswith("impossible: ")
    for said in ("the first torch with cu126 is 2.6.0", "its newest variant is cu124", "source: "):
        assert said in out
    assert "torch 2.5.0 → 2.6.0" in out


def test_json_has_the_keys_that_programs_read(explain):
    code, out, _ = explain(*STORY, "--format", "json")
    whole = json.loads(out)
    assert code == 1
    assert {"possible", "image", "violations", "nearest"} <= set(whole)
    assert (whole["possible"], whole["image"]) == (False, None)
    (violation,) = whole["violations"]
    assert {"constraint", "message", "fact", "source"} <= set(violation)
    first = whole["nearest"][0]
    assert first["axes"]["torch"] == "2.6.0"
    assert first["moves"] == [{"axis": "torch", "old": "2.5.0", "new": "2.6.0"}]


def test_what_can_be_is_exit_0(explain):
    code, out, _ = explain("torch=2.6.0", *STORY[1:], "--format", "json")
    whole = json.loads(out)
    assert (code, whole["possible"], whole["violations"], whole["nearest"]) == (0, True, [], [])
    assert whole["image"]["base"] == "nvidia/cuda:12.6.3-runtime-ubuntu22.04"
    assert all(choice["why"] for choice in whole["chosen"])


def test_what_is_not_known_is_exit_1_and_says_so(explain):
    code, out, _ = explain("torch=2.15.0", "python=3.12", "os=debian12")
    assert code == 1
    assert out.startswith("unknown: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["torhc=2.5.0"], "did you mean 'torch'?"),
        (["torch=2.5"], "such as 2.5.0"),
        ([], "Missing argument 'TERMS...'"),
        (["no-such-id"], "there is no matrix.yaml here"),
        (["torch=2.6.0", "--format", "yaml"], "'yaml' is not one of"),
        (["--frmat", "json"], "No such option"),
    ],
)
def test_bad_terms_are_exit_2(explain, words, said):
    code, out, err = explain(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_the_checkouts_matrix_gives_ids_and_fleet(checkout):
    code, out, _ = checkout.imagewright("explain", "cpu-torch2.13.0-py3.11-debian12")
    assert code == 0
    assert "newest" in out
    code, out, _ = checkout.imagewright("explain", "torch=2.9.0", "cuda=13.0", "python=3.11")
    assert code == 1
    assert "the fleet has drivers from 535 on" in out
    code, out, err = checkout.imagewright("explain", "cpu-torch2.13.0-py3.12-debian12")
    assert (code, out) == (2, "")
    assert "did you mean 'cpu-torch2.13.0-py3.11-debian12'?" in err
