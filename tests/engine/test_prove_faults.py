"""Containers that die, hang or train badly: failed proofs with the reason, and a receipt."""

import re
import shutil

import pytest

from tests.engine.bench import Prover
from validation.prove.ledger import Ledger
from validation.prove.parity import run_parity
from validation.prove.proving import prove_image
from validation.prove.receipt import decode
from validation.prove.serving import run_serving
from validation.prove.smoke import run_smoke

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def prover(line):
    prover = Prover(line.root)
    yield prover
    prover.close()


@pytest.fixture
def ledger(tmp_path):
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        yield Ledger(lambda _: None, log)


def outcomes(proofs):
    return {proof.name: proof.outcome for proof in proofs}


def test_a_container_that_ends_at_once_is_a_receipt_with_its_last_words(prover):
    lines = 'ENTRYPOINT ["python", "-c", "raise SystemExit(\'no licence today\')"]\nCMD []'
    broken = prover.variant("cpu", lines)
    with prover.bench() as bench:
        proven = prove_image(bench, broken, lambda _: None)
    receipt = decode(proven.path.read_bytes())
    assert receipt == proven.receipt
    assert not receipt.proven
    assert outcomes(receipt.proofs) == {
        "container.starts": "failed",
        "suite.runs": "skipped",
        "smoke.trains": "skipped",
        "parity.agrees": "skipped",
    }
    assert "exit code 1" in receipt.proofs[0].reason
    assert "no licence today" in receipt.proofs[0].reason
    assert receipt.model is None


def test_training_that_hangs_is_ended(prover, ledger, tmp_path):
    with prover.container(prover.built("cpu")) as (container, _):
        assert run_smoke(container, "cpu", None, tmp_path, ledger, timeout=3) is None
    (proof,) = ledger.proofs
    assert proof.outcome == "failed"
    assert "no end after 3 s" in proof.reason


def test_training_that_is_killed_says_so(prover, ledger, tmp_path):
    def kill(line: str) -> None:
        if line.startswith("step 0"):
            container.kill()

    told = Ledger(kill, ledger.log)
    with prover.container(prover.built("cpu")) as (container, _):
        assert run_smoke(container, "cpu", None, tmp_path, told, timeout=120) is None
    (proof,) = told.proofs
    assert proof.outcome == "failed"
    assert "exit code 137" in proof.reason


def test_a_model_of_another_opset_than_the_resolvers_fails(prover, ledger, tmp_path):
    with prover.container(prover.built("cpu")) as (container, _):
        run_smoke(container, "cpu", 17, tmp_path, ledger, timeout=300)
    failures = {proof.name: proof.reason for proof in ledger.proofs if proof.outcome == "failed"}
    assert set(failures) == {"smoke.trains"}
    assert "opset 17" in failures["smoke.trains"]


def test_training_that_does_not_learn_fails_by_name(prover, ledger, tmp_path):
    lines = "USER root\nRUN sed -i 's/^FACTOR = .*/FACTOR = 1e9/' /opt/imagewright/trainer/smoke.py"
    broken = prover.variant("cpu", f"{lines}\nUSER 1000:1000")
    with prover.container(broken) as (container, _):
        facts = run_smoke(container, "cpu", None, tmp_path, ledger, timeout=300)
    failures = {proof.name: proof.reason for proof in ledger.proofs if proof.outcome == "failed"}
    assert set(failures) == {"smoke.trains", "smoke.learns"}
    assert re.search(r"factor \d", failures["smoke.learns"])
    assert facts is not None
    assert facts.measured["passed"] is False


@pytest.fixture(scope="module")
def made(line):
    """What a training run of the cpu image left, its receipt included."""
    line.imagewright("test", "family=cpu")
    (folder,) = (line.root / "out" / "models").glob("cpu-*")
    return folder


def test_a_model_that_is_cut_short_fails_the_check(prover, ledger, made, tmp_path):
    shutil.copytree(made, tmp_path / "made")
    model = tmp_path / "made" / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1000])
    inference = prover.built("inference")
    with prover.container(inference) as (container, _):
        run_parity(container, "x", "sha256:x", tmp_path / "made", ledger, timeout=60)
    assert outcomes(ledger.proofs)["parity.agrees"] == "failed"


def test_a_model_of_other_weights_fails_the_check(prover, ledger, made, tmp_path):
    """A thousand weights are zeroed: the file is sound and its answers are not."""
    shutil.copytree(made, tmp_path / "made")
    model = tmp_path / "made" / "model.onnx"
    content = bytearray(model.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    model.write_bytes(content)
    inference = prover.built("inference")
    with prover.container(inference) as (container, _):
        run_parity(container, "x", "sha256:x", tmp_path / "made", ledger, timeout=60)
    found = outcomes(ledger.proofs)
    assert found["parity.agrees"] == "failed"
    assert found["parity.model_loads"] == "passed"
    assert found["parity.same_outputs_as_torch"] == "failed"


def test_a_service_that_cannot_read_its_model_predicts_nothing(prover, ledger, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    quick = "HEALTHCHECK --interval=1s --start-period=5s --retries=2 "
    quick += 'CMD ["python", "-m", "trainer", "health"]'
    with prover.container(prover.variant("inference", quick)) as (container, _):
        run_serving(container, tmp_path, ledger, timeout=60)
    (proof,) = ledger.proofs
    assert proof.outcome == "failed"
    assert "GET /ready answers 503" in proof.reason


@pytest.mark.usefixtures("made")
def test_the_inference_image_is_proven_with_the_model_at_hand(prover):
    with prover.bench() as bench:
        receipt = prove_image(bench, prover.built("inference"), lambda _: None).receipt
    assert receipt.proven
    assert outcomes(receipt.proofs)["parity.agrees"] == "passed"
    assert outcomes(receipt.proofs)["service.predicts"] == "passed"
    assert receipt.parity is not None
    assert receipt.parity.error is not None
    assert receipt.parity.error < 1e-4
    assert [layer.group for layer in receipt.layers[:2]] == ["base", "system"]
    assert {"packages", "trainer"} <= {layer.group for layer in receipt.layers}
    assert all(layer.digest for layer in receipt.layers)
    assert sum(layer.size for layer in receipt.layers) == receipt.built.size


def test_gpu_required_where_there_is_none_is_the_worlds_failure(prover, line):
    if "nvidia" in prover.client.info().get("Runtimes", {}):
        pytest.skip("this engine has a GPU")
    done = line.imagewright("test", "family=cpu", "--gpu", "require", code=3)
    assert "no GPU" in done.stderr


@pytest.mark.usefixtures("line")
def test_an_image_that_is_not_built_says_how_to_build_it(checkout):
    checkout.edit("matrix.yaml", "repository: imagewright", "repository: nothing-here")
    done = checkout.imagewright("test", code=3)
    assert "not built" in done.stderr
    assert "imagewright build" in done.stderr
    assert list(checkout.root.glob("out/receipts/*/*.json")) == []
