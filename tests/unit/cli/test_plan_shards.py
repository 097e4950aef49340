"""`imagewright plan --format github --shards N`: jobs balanced by what was measured."""

import itertools
import json
from pathlib import Path

import pytest
import yaml

from validation.cli import main
from validation.cli.workspace import open_workspace
from validation.model import Project

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


# --- the workflow that takes the plan in shards


@pytest.fixture(scope="module")
def jobs_of_the_workflow():
    return yaml.safe_load((ROOT / ".github/workflows/images.yml").read_text("utf-8"))["jobs"]


def step_with(job, text):
    return next(step for step in job["steps"] if text in step.get("run", ""))


def uploads(jobs):
    return [
        step["with"]
        for job in jobs.values()
        for step in job["steps"]
        if "upload-artifact" in step.get("uses", "")
    ]


def test_the_workflow_builds_and_proves_every_image_that_needs_no_host(jobs_of_the_workflow):
    plan = step_with(jobs_of_the_workflow["plan"], 'plan "$TRAINING" --format github --shards')
    prove = step_with(jobs_of_the_workflow["inference"], 'imagewright test "$INFERENCE"')
    assert 'imagewright build "$INFERENCE"' in prove["run"]
    workspace = open_workspace(Project(root=ROOT, cache=ROOT))
    selected = [
        image.id
        for selector in (plan["env"]["TRAINING"], prove["env"]["INFERENCE"])
        for image in workspace.selected([selector])
    ]
    wanted = [image.id for image in workspace.plan.images if image.source != "rootfs"]
    assert sorted(selected) == sorted(wanted)
    assert len(wanted) < len(workspace.plan.images)


def test_inference_images_are_proven_with_the_models_of_the_shards(jobs_of_the_workflow):
    inference, report = (jobs_of_the_workflow[name] for name in ("inference", "report"))
    assert inference["needs"] == "images"
    assert report["needs"] == ["images", "inference"]
    names = [step.get("uses", step.get("run", "")) for step in inference["steps"]]
    fetched = next(n for n, name in enumerate(names) if "download-artifact" in name)
    assert fetched < next(n for n, name in enumerate(names) if "imagewright test" in name)
    assert inference["steps"][fetched]["with"]["pattern"] == "receipts-*"
    patterns = [s["with"]["pattern"] for s in report["steps"] if "download" in s.get("uses", "")]
    assert patterns == ["receipts-*", "inference"]  # the second has the first one's files too


def test_each_artifact_of_the_workflow_has_a_name_of_its_own(jobs_of_the_workflow):
    found = uploads(jobs_of_the_workflow)
    names = [each["name"] for each in found]
    assert len(set(names)) == len(names)
    shards = [str(step["with"]["name"]) for step in jobs_of_the_workflow["images"]["steps"]
              if "upload-artifact" in step.get("uses", "")]  # fmt: skip
    assert all("${{ matrix.shard }}" in name for name in shards)
    kept = next(each for each in found if each["name"] == "inference")
    assert {"out/builds", "out/receipts"} <= set(kept["path"].split())
