"""`imagewright plan --format github --shards N`: jobs balanced by what was measured."""

import itertools
import json
from pathlib import Path

import pytest

from validation.cli import main

ROOT = Path(__file__).parents[3]
MATRIX = """\
version: 1
repository: imagewright
uv: 0.13.9
images:
  inference:
    {base: distro, workload: inference, os: debian12, python: ["3.11", "3.12", "3.13"],
     onnxruntime: auto, numpy: auto, onnx: auto, budget: 750 MB}
"""
IDS = [f"inference-py3.{minor}-debian12" for minor in (11, 12, 13)]
RECORD = {
    "run": "r", "tag": "t", "digest": "sha256:0", "inputs": "i", "base": "b", "base_digest": "d",
    "base_how": "registry", "place": "engine", "platforms": ["linux/amd64"],
    "started": "2026-11-23T12:00:00Z", "expected_seconds": 0,
}  # fmt: skip


@pytest.fixture
def plan(tmp_path, capsys):
    (tmp_path / "matrix.yaml").write_text(MATRIX)

    def plan(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(tmp_path), "plan", *arguments])
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return plan


def jobs(out):
    assert out.count("\n") == 1
    return json.loads(out)["include"]


def test_each_image_is_in_one_shard_and_no_shard_is_empty(plan):
    for count, sizes in (("1", [3]), ("2", [1, 2]), ("9", [1, 1, 1])):
        code, out, _ = plan("--format", "github", "--shards", count)
        assert code == 0
        found = [job["images"].split() for job in jobs(out)]
        assert sorted(map(len, found)) == sizes
        assert sorted(itertools.chain(*found)) == IDS
        assert [job["of"] for job in jobs(out)] == [len(sizes)] * len(sizes)


def test_past_builds_say_what_an_image_costs(plan, tmp_path):
    kept = tmp_path / "out/builds" / IDS[0]
    kept.mkdir(parents=True)
    (kept / "1.json").write_text(json.dumps(RECORD | {"image": IDS[0], "seconds": 3}))
    kept = tmp_path / "out/builds" / IDS[1]
    kept.mkdir(parents=True)
    (kept / "1.json").write_text(json.dumps(RECORD | {"image": IDS[1], "seconds": 300}))
    (kept / "2.json").write_text("damaged")
    _, out, _ = plan("--format", "github", "--shards", "2")
    costly, cheap = jobs(out)
    assert (costly["images"], costly["seconds"]) == (IDS[1], 300)
    assert cheap["images"].split() == [IDS[2], IDS[0]]


def test_shards_go_with_github_only(plan):
    code, out, err = plan("--shards", "2")
    assert (code, out) == (2, "")
    assert "--format github" in err
    assert plan("nothing-here*", "--format", "github", "--shards", "2")[0] == 2


def test_the_workflow_takes_the_plan_in_shards():
    text = (ROOT / ".github/workflows/images.yml").read_text()
    assert 'plan workload=training --format github --shards "$SHARDS"' in text
