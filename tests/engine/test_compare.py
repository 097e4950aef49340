"""Images compared for real: one with itself, and with variants that are broken on purpose.

The variants export by the older exporter (opset 17), which is another one than their origin's and
saves seconds. All of them train a few steps only: what is compared is not what they learn.
"""

import pytest

from tests.engine.bench import Prover
from validation.model import Project
from validation.prove.compare.checks import ALL
from validation.prove.compare.comparing import Job, compare_images
from validation.prove.compare.record import decode
from validation.prove.gpu import Gpu

pytestmark = pytest.mark.engine

STEPS = 10
OLDER = "ENV IMAGEWRIGHT_OPSET=17\n"
MODEL = "/opt/imagewright/trainer/model.py"


def edited(old, new):
    """Return Dockerfile lines that change the network in the image."""
    return f"{OLDER}USER root\nRUN sed -i 's/{old}/{new}/' {MODEL}\nUSER 1000:1000"


@pytest.fixture(scope="module")
def prover(line):
    prover = Prover(line.root)
    yield prover
    prover.close()


@pytest.fixture
def compare(prover, tmp_path):
    """Compare the CPU image with a variant of it; ONNX runs in the variant."""

    def compared(lines):
        with prover.bench() as bench:
            job = Job(
                engine=bench.engine,
                client=bench.client,
                info=bench.info,
                project=Project(root=tmp_path, cache=bench.project.cache),
                run=bench.run,
                pair={"old": prover.built("cpu"), "new": prover.variant("cpu", lines)},
                host=None,
                gpu=Gpu(missing="no GPU in this test"),
                builds={"old": (), "new": ()},
                runs=1,
                steps=STEPS,
                seed=3,
                timeout=300,
            )
            return compare_images(job, lambda _: None)

    return compared


def outcomes(comparison):
    found = {}
    for check in comparison.checks:
        found.setdefault(check.outcome, set()).add(check.name)
    return found


def test_an_image_can_take_its_own_place(line, engine):
    words = ("family=cpu", "cpu-*", "--runs", "1", "--steps", str(STEPS))
    told = line.imagewright("compare", *words, "--out", str(line.root / "kept"))
    assert f"passed: all {len(ALL)} checks hold" in told.stdout
    assert "too few runs to tell" in told.stdout
    assert "nothing differs" in told.stdout
    (path,) = line.root.glob("kept/*..*/*.json")
    kept = decode(path.read_bytes())
    assert outcomes(kept) == {"passed": {check.name for check in ALL}}
    assert kept.onnx.runtime.startswith("onnxruntime ")
    assert kept.onnx.image.startswith("inference-")
    assert kept.carried.weights_only_default
    assert {gap.absolute for gap in kept.carried.gaps["cpu"]} == {0.0}  # the same code, bit by bit
    assert all(figure.old and figure.new for figure in kept.figures)
    assert {figure.name for figure in kept.figures} >= {"throughput", "cold start", "image size"}
    assert path.with_suffix(".md").read_text().startswith(f"# {kept.old.image.id} → ")
    assert engine.left_over() == []


def test_other_outputs_from_the_same_weights_are_found(compare):
    found = compare(edited("_CENTRE, _SPAN = -5.0, 7.0", "_CENTRE, _SPAN = -5.0, 7.5"))
    assert outcomes(found)["failed"] == {
        "checkpoint.agrees",
        "checkpoint.goes_on",
        "onnx.same_weights",
    }
    assert outcomes(found)["passed"] >= {"checkpoint.loads", "onnx.old", "onnx.new"}
    reasons = {check.name: check.reason for check in found.checks}
    assert "log_variance" in reasons["checkpoint.agrees"]
    assert "OLD's checkpoint exported by NEW" in reasons["onnx.same_weights"]
    assert found.onnx.image == found.new.image.id
    assert "reference evaluator" in found.onnx.runtime
    moved = {change.name: (change.old, change.new) for change in found.changes}
    assert moved["exporter"] == ("dynamo", "torchscript")
    assert moved["opset"][1] == "17"


def test_a_checkpoint_that_does_not_load_is_found(compare):
    found = compare(edited("width: int = 128", "width: int = 96"))
    assert outcomes(found)["failed"] == {"checkpoint.loads"}
    assert outcomes(found)["skipped"] == {
        "checkpoint.agrees",
        "checkpoint.goes_on",
        "onnx.same_weights",
    }
    (reason,) = (check.reason for check in found.checks if check.outcome == "failed")
    assert "size mismatch" in reason
    assert not found.back.loads  # and there is no way back either: told, and no failure
    assert not found.passed


def test_an_image_that_does_not_come_up_is_a_finding(compare):
    found = compare('ENTRYPOINT ["python", "-c", "raise SystemExit(\'no licence today\')"]')
    assert outcomes(found)["failed"] == {"trains.new"}
    (failed,) = (check for check in found.checks if check.outcome == "failed")
    assert "no licence today" in failed.reason
    assert len(outcomes(found)["skipped"]) == len(ALL) - 1
    assert found.carried is None


def test_an_image_that_is_not_built_is_the_worlds_failure(line):
    done = line.imagewright("compare", "family=cpu", "wheels-cu130-*", code=3)
    assert "imagewright build wheels-cu130" in done.stderr
