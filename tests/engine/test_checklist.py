"""The checklist of a migration, on the real services: what a person goes through after a move.

Built (`CHECKLIST_BUILD=--no-cache`: every step anew), up, healthy, the GPU seen, a test job, its
ONNX file, inference still right on it, a killed service that goes on where it was, down.
`nox -s checklist` runs exactly this.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .stack import Stack

pytestmark = pytest.mark.engine

JOB = {"steps": 300, "batch": 32, "checkpoint_every": 50, "validation_examples": 256}

# In the inference container, which has NumPy and the trainer's synthesis: captures whose truth is
# known, of a stream that no training sees; prints the mean distance from it in metres.
PREDICT = """
import http.client, json, os
import numpy as np
from trainer.scene import Scene
from trainer.synthesis import synthesise
scene = Scene()
iq, truth = synthesise(np, scene, seed=2026, stream=9, first=0, count=16)
body = json.dumps({"iq": np.stack([iq.real, iq.imag], axis=-1).astype(float).tolist()})
port = int(os.environ.get("IMAGEWRIGHT_PORT", "8002"))
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
connection.request("POST", "/predict", body, {"content-type": "application/json"})
answer = json.loads(connection.getresponse().read())
found = np.array([each["position"] for each in answer["estimates"]])
print(float(np.linalg.norm(found - truth * scene.half_side, axis=1).mean()))
"""


@pytest.fixture(scope="module")
def stack(line, engine):
    """Both services, up and healthy; taken down with their volumes whatever happens."""
    found = engine.found
    if found.compose is None:
        pytest.skip("this engine's client has no compose")
    if os.environ.get("CHECKLIST_BUILD"):
        line.imagewright("build", *os.environ["CHECKLIST_BUILD"].split(), timeout=3600)
    made = Stack(found.compose, engine.environment, host_only=found.networking == "host-only")
    try:
        made.compose("up", "--detach", "--wait", "--no-build")
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "20", check=False)


@pytest.fixture(scope="module")
def done(stack):
    """A test job that came to its end."""
    job = stack.ended(stack.submit(**JOB))
    assert job["state"] == "done", job
    return job


@pytest.fixture(scope="module")
def served(stack, done, tmp_path_factory):
    """What /health of the inference service says once it has the test job's model."""
    folder = tmp_path_factory.mktemp("model")
    for name in ("parity.npz", "model.onnx"):  # the known answers first
        (folder / name).write_bytes(
            stack.ask(stack.training, "GET", f"/jobs/{done['id']}/{name}")[1]
        )
        (folder / name).chmod(0o644)
        stack.compose("cp", str(folder / name), f"inference:/var/lib/imagewright/{name}")
    return stack.until(stack.inference, "/health", lambda told: told["model"] is not None)


def test_both_services_are_healthy_and_say_what_they_run_on(stack):
    for port, service in ((stack.training, "training"), (stack.inference, "inference")):
        told = stack.told(port, "/health")
        assert (told["status"], told["service"]) == ("healthy", service)
        assert told["image"]
    assert stack.told(stack.training, "/ready") == {"ready": True}


def test_the_gpu_is_seen(stack):
    told = stack.told(stack.training, "/health")
    if told["device"]["used"] != "cuda":
        pytest.skip("no GPU: this image is for the CPU, or the host has none")
    assert told["device"]["name"]
    assert told["device"]["driver"]
    assert told["versions"]["cuda"]


def test_a_job_trains_and_exports(stack, done):
    assert done["progress"]["step"] == JOB["steps"]
    assert done["progress"]["error_m"] < 500  # an untrained network is 1,500 m off
    status, content = stack.ask(stack.training, "GET", f"/jobs/{done['id']}/model.onnx")
    assert status == 200
    assert len(content) > 1_000_000
    told = stack.ask(stack.training, "GET", "/metrics")[1].decode()
    assert 'imagewright_jobs{state="done"} 1.0' in told


def test_inference_takes_the_new_model_and_is_right(stack, done, served):
    assert served["refused"] is None
    assert "absolute" in served["model"]["parity"]
    assert stack.told(stack.inference, "/ready") == {"ready": True}
    error = float(stack.compose("exec", "-T", "inference", "python", "-", text=PREDICT))
    assert error < 2 * done["progress"]["error_m"] + 50  # 16 captures only


@pytest.mark.usefixtures("served")
def test_a_bad_model_is_refused_and_the_old_one_goes_on(stack, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    stack.compose("cp", str(tmp_path / "model.onnx"), "inference:/var/lib/imagewright/model.onnx")
    told = stack.until(stack.inference, "/health", lambda told: told["refused"] is not None)
    assert told["status"] == "healthy"
    assert "not a sound ONNX model" in told["refused"]
    assert float(stack.compose("exec", "-T", "inference", "python", "-", text=PREDICT)) < 1000


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("service", ["training", "inference"])
def test_no_request_makes_a_service_fail(stack, service, tmp_path):
    """Schemathesis makes requests up from the service's own OpenAPI, good ones and bad ones."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"http://127.0.0.1:{getattr(stack, service)}/openapi.json",
            *("--max-examples", os.environ.get("API_EXAMPLES", "15")),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--checks", "all"),
            # A capture's shape depends on the model, a key's meaning on what came before: neither
            # can be said in a schema, so what fits the schema may be a 422. And DELETE cancels
            # a job first: it is there to be looked at until it is deleted once more.
            *("--exclude-checks", "positive_data_acceptance,use_after_free"),
            "--no-color",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=3600,
        check=False,
    )
    for job in stack.told(stack.training, "/jobs?limit=100")["jobs"]:
        if job["ended"] is None:
            stack.ask(stack.training, "DELETE", f"/jobs/{job['id']}")
    assert done.returncode == 0, done.stdout[-6000:]


def test_a_service_killed_in_the_middle_of_a_job_finishes_it_with_the_same_loss(
    stack, engine, done
):
    job = stack.submit(**JOB)
    path = f"/jobs/{job}"
    stack.until(stack.training, path, lambda told: told["progress"]["step"] >= 60)
    container = stack.compose("ps", "--quiet", "training").strip()
    pid = int(engine.docker("inspect", "--format", "{{.State.Pid}}", container))
    os.kill(pid, signal.SIGKILL)
    last = time.monotonic() + 30
    while engine.docker("inspect", "--format", "{{.RestartCount}}", container).strip() == "0":
        assert time.monotonic() < last, "the engine did not start it again"
        time.sleep(0.1)
    resumed = stack.until(stack.training, path, lambda told: told.get("ended") is not None)
    assert (resumed["state"], resumed["attempts"]) == ("done", 2)
    # The same machine, torch and seed, on the CPU: identical, not just near.
    assert resumed["progress"]["loss"] == done["progress"]["loss"]
    assert resumed["progress"]["validation_loss"] == done["progress"]["validation_loss"]


def test_a_full_disk_fails_the_job_with_its_reason_and_not_the_service(engine):
    image = next(image for image in engine.images() if ":cpu-" in image)
    container = engine.docker(
        "run", "--detach", "--network", "none", "--env", "IMAGEWRIGHT_NICE=0",
        "--name", f"imagewright-checklist-{os.getpid()}-full",
        "--tmpfs", "/var/lib/imagewright:size=2m,uid=1000,gid=1000", image,
    ).strip()  # fmt: skip
    ask = f"""
import http.client, json, time
def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", 8002, timeout=60)
    connection.request(method, path, body, {{"content-type": "application/json"}})
    return json.loads(connection.getresponse().read())
for _ in range(300):
    try:
        job = ask("POST", "/jobs", {json.dumps(json.dumps(JOB))})
        break
    except OSError:
        time.sleep(0.2)
while job["state"] in ("queued", "running"):
    time.sleep(0.2)
    job = ask("GET", "/jobs/" + job["id"])
print(json.dumps([job, ask("GET", "/health")["status"]]))
"""
    try:
        job, health = json.loads(engine.docker("exec", container, "python", "-c", ask))
    finally:
        engine.docker("rm", "--force", container)
    assert job["state"] == "failed"
    assert "No space left on device" in job["reason"]
    assert health == "healthy"


def test_down_leaves_nothing(stack, engine):
    stack.compose("down", "--volumes", "--timeout", "20")
    assert stack.compose("ps", "--all", "--quiet").strip() == ""
    volumes = engine.docker("volume", "ls", "--quiet", "--filter", "name=imagewright-checklist-")
    assert str(os.getpid()) not in volumes
