"""The jobs API over a real socket, with real trainings: what is taken, refused, told and kept.

Needs FastAPI and torch.
"""
# ruff: noqa: E402  (an image without one of them skips the module before it imports any of it)

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="this image has no service")
pytest.importorskip("torch", reason="the inference image has no torch, by design")
onnx = pytest.importorskip("onnx", reason="a training without ONNX cannot be exported")

from services import running

from trainer.jobs.child import ending_of

# One that is over soon, and one that is there as long as a test needs it. Each that ends costs an
# import of torch and an export: most tests cancel theirs.
SHORT = {"seed": 7, "steps": 400, "batch": 8, "validation_examples": 32, "checkpoint_every": 40}
LONG = {**SHORT, "steps": 100_000, "checkpoint_every": 50, "validate_every": 100_000}
CPU = {"IMAGEWRIGHT_DEVICE": "cpu", "IMAGEWRIGHT_OPSET": "17"}  # 17: the exporter that is quick


def midway(job):
    """True where a job has gone 100 steps, and long enough that its rate is known; or has ended."""
    progress = job["progress"]
    paced = progress["step"] >= 100 and progress["eta_seconds"] is not None
    return paced or job["ended"] is not None


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    with running("serve", folder, IMAGEWRIGHT_QUEUE="3", **CPU) as started:
        started.data = folder
        yield started


@pytest.fixture(scope="module")
def finished(service):
    """A job that nothing disturbed, and its curve."""
    status, job = service.post("/jobs", SHORT)
    assert (status, job["state"]) == (201, "queued")
    assert service.ask("GET", f"/jobs/{job['id']}/model.onnx")[0] == 409
    job = service.ended(job["id"])
    return job, (service.data / "jobs" / job["id"] / "metrics.jsonl").read_bytes()


def cancelled(service, identity):
    """Cancel a job and return it when it is over."""
    assert service.ask("DELETE", f"/jobs/{identity}")[0] == 200
    job = service.ended(identity)
    assert job["state"] == "cancelled"
    return job


def test_a_job_trains_tells_its_progress_and_leaves_a_sound_model(service, finished):
    job, _ = finished
    assert (job["state"], job["reason"]) == ("done", None)
    assert job["progress"]["step"] == job["progress"]["of"] == SHORT["steps"]
    assert job["progress"]["error_m"] > 0
    status, headers, content = service.fetch("GET", f"/jobs/{job['id']}/model.onnx")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    assert service.fetch("GET", f"/jobs/{job['id']}/parity.npz")[0] == 200
    assert job["id"] in [each["id"] for each in service.ask("GET", "/jobs?state=done")[1]["jobs"]]


def test_the_same_key_makes_one_job_and_never_another(service):
    key = {"idempotency-key": "one"}
    status, first = service.post("/jobs", LONG, **key)
    assert status == 201
    status, again = service.post("/jobs", LONG, **key)
    assert (status, again["id"]) == (200, first["id"])
    status, told = service.post("/jobs", {**LONG, "seed": 1}, **key)
    assert status == 422
    assert first["id"] in told["detail"]
    assert service.post("/jobs", LONG, **{"idempotency-key": "x" * 201})[0] == 422
    cancelled(service, first["id"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 1_000_001},
        {"steps": "600"},
        {"steps": 1.5},
        {"batch": 4097},
        {"learning_rate": 2},
        {"clip": 0},
        {"seed": -1},
        {"seed": 2**63},
        {"epochs": 3},
        {"compiled": "yes"},
        [],
        b"{",
        b'{"learning_rate": NaN}',
        b'{"clip": 1e999}',
    ],
)
def test_settings_out_of_bounds_are_422(service, wrong):
    status, told = service.post("/jobs", wrong)
    assert status == 422
    assert told["detail"]


def test_unknown_jobs_are_404_and_what_is_no_id_is_422(service):
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/model.onnx")):
        assert service.ask(method, f"/jobs/{'0' * 32}{path}")[0] == 404
        assert service.ask(method, f"/jobs/..%2F..%2Fetc{path}")[0] in {404, 422}
    assert service.ask("GET", "/jobs?limit=101")[0] == 422


def test_a_full_queue_is_429_says_when_to_come_back_and_cancelling_makes_room(service):
    long = service.post("/jobs", LONG)[1]["id"]
    service.until(long, lambda job: job["state"] == "running")
    waiting = [service.post("/jobs", LONG)[1]["id"] for _ in range(3)]
    body, headers = json.dumps(LONG).encode(), {"content-type": "application/json"}
    status, told, _ = service.fetch("POST", "/jobs", body, headers)
    assert status == 429
    assert int(told["retry-after"]) >= 1
    cancelled(service, waiting.pop())
    status, job = service.post("/jobs", LONG)  # takes the place
    assert status == 201
    for identity in (job["id"], *waiting):
        cancelled(service, identity)
    job = service.until(long, midway)
    assert job["progress"]["eta_seconds"] > 0
    job = cancelled(service, long)
    assert 100 <= job["progress"]["step"] < LONG["steps"]
    # What has ended can be forgotten, with its files.
    assert (service.data / "jobs" / long).exists()
    assert service.ask("DELETE", f"/jobs/{long}") == (204, None)
    assert service.ask("GET", f"/jobs/{long}")[0] == 404
    assert not (service.data / "jobs" / long).exists()


@pytest.mark.parametrize(
    ("code", "said", "kind", "reason"),
    [
        (0, "a warning\n", "done", None),
        (143, "error: stopped at step 5\n", "stopped", None),
        (-signal.SIGTERM, "", "stopped", None),
        (1, "error: step 9: loss nan\n  → lower the rate\n", "failed", "loss nan → lower the rate"),
        (
            3,
            "warning\nerror: cannot write /a: error: full\n",
            "failed",
            "cannot write /a: error: full",
        ),
        (1, "Traceback\n  x\nRuntimeError: CUDA error: sticky\n", "failed", "CUDA error: sticky"),
        (1, "", "failed", "said nothing"),
        (-signal.SIGKILL, "", "failed", "out of memory"),
        (-signal.SIGABRT, "", "failed", "SIGABRT"),
    ],
)
def test_what_the_end_of_a_process_comes_to(code, said, kind, reason):
    ending = ending_of(code, said)
    assert ending.kind == kind
    assert ending.reason is None if reason is None else reason in ending.reason


def children_of(pid):
    """Return the ids of the job processes below a process."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid and b"job" in words:
            found.append(int(entry.name))
    return found


def test_a_process_that_crashes_fails_its_job_and_not_the_service(service):
    job, next_one = (service.post("/jobs", LONG)[1]["id"] for _ in range(2))
    service.until(job, midway)
    (child,) = children_of(service.process.pid)
    os.kill(child, signal.SIGSEGV)
    job = service.ended(job)
    assert job["state"] == "failed"
    assert "SIGSEGV" in job["reason"]
    assert service.settled()[0] == 200
    service.until(next_one, midway)

    status, headers, content = service.fetch("GET", "/metrics")  # while it runs
    cancelled(service, next_one)
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    told = content.decode()
    for line in (
        "imagewright_queue_depth 0.0",
        "imagewright_queue_limit 3.0",
        'imagewright_jobs{state="running"} 1.0',
        "imagewright_device_healthy 1.0",
        "imagewright_step_seconds ",
        'imagewright_request_seconds_count{method="GET",route="/jobs/{identity}",status="200"}',
    ):
        assert line in told, line
    assert job["id"] not in told


def test_a_job_outlives_its_service_twice_and_ends_as_one_undisturbed(tmp_path, finished):
    key = {"idempotency-key": "k"}
    for end, step in ((signal.SIGKILL, 100), (signal.SIGTERM, 200)):
        with running("serve", tmp_path, stops=False, **CPU) as service:
            identity = service.post("/jobs", SHORT, **key)[1]["id"]  # the second time: the same
            service.until(identity, lambda job, step=step: job["progress"]["step"] >= step)
            (child,) = children_of(service.process.pid)
            service.process.send_signal(end)
            service.process.wait(timeout=30)
            assert gone(child)
    with running("serve", tmp_path, **CPU) as service:
        assert service.job(identity)["state"] in {"queued", "running"}  # found without being asked
        job = service.ended(identity)
    undisturbed, curve = finished
    assert (job["state"], job["attempts"]) == ("done", 2)  # an orderly stop does not count
    assert job["progress"] == undisturbed["progress"]
    metrics = tmp_path / "jobs" / identity / "metrics.jsonl"
    assert metrics.read_bytes() == curve  # every step, bit for bit


def gone(pid, limit=10):
    """Return True once a process is dead: it went with its parent."""
    last = time.monotonic() + limit
    while time.monotonic() < last:
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_two_services_never_share_a_folder(tmp_path):
    with (
        running("serve", tmp_path, **CPU) as first,
        running("serve", tmp_path, **CPU) as second,
    ):
        status, told = second.post("/jobs", LONG)
        assert status == 503
        assert "another service" in told["detail"]
        assert first.post("/jobs", LONG)[0] == 201
