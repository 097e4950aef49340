"""What one client can cost a service: memory, time, figures, log lines. All of it has a bound."""

import asyncio
import json
import socket
import threading
import time
import tracemalloc
from pathlib import Path

import locator_onnx
import pytest
from services import running

from trainer.errors import BadInput
from trainer.jobs.store import Store
from trainer.metrics import Metrics
from trainer.scene import Scene

pytest.importorskip("fastapi", reason="this image has no service")
from trainer import web

RUNTIME = "the training image has no ONNX Runtime, by design"
MOST_MEMORY = 100 * 2**20  # bytes more than before
MOST_TIME = 1.0  # seconds; a tenth of that where nothing else runs
LARGEST = 16 * 5 * 512 * 64  # bytes of a body


def filled(before, unit, after, size=LARGEST):
    """Return a body of about `size` bytes: units with commas between."""
    count = (size - len(before) - len(after)) // (len(unit) + 1)
    return (before + ",".join([unit] * count) + after).encode()


def of_the_right_size(sample):
    """Return a body of 16 captures, 5 receivers, 512 samples, all the same."""
    for count in (512, 5, 16):
        sample = f"[{','.join([sample] * count)}]"
    return f'{{"iq":{sample}}}'.encode()


WORST = {
    "empty captures": filled('{"iq":[', "[]", "]}"),
    "empty receivers": filled('{"iq":[[', "[]", "]]}"),
    "empty samples": filled('{"iq":[[[', "[]", "]]]}"),
    "nested lists": filled('{"iq":[', "[" * 900 + "]" * 900, "]}"),
    "nested objects": filled('{"iq":[', '{"":' * 900 + "0" + "}" * 900, "]}"),
    "objects": filled('{"iq":[[[', '{"":0}', "]]]}"),
    "too many samples": filled('{"iq":[[[', "[0,0]", "]]]}"),
    "too many receivers": filled('{"iq":[[', "[[0,0]]", "]]}"),
    "huge numbers": filled('{"iq":[[[', f"[{'9' * 4300},1]", "]]]}"),
    "one number": b'{"iq":' + b"9" * (LARGEST - 7) + b"}",
    "one string": b'{"iq":[[["' + b"x" * (LARGEST - 16) + b'"]]]}',
    "depth": b"[" * LARGEST,
    "names": json.dumps(dict.fromkeys(map(str, range(200_000)), 0)).encode(),
    "one name": b'{"' + b"x" * (LARGEST - 8) + b'":1}',
    "right size, empty": of_the_right_size("[]"),
    "right size, not finite": of_the_right_size("[NaN,NaN]"),
    "right size, flat": filled('{"iq":[[[', "[]", "]]]}", 120_000 * 3),
    "objects, as many as may be": filled('{"iq":[[[', '{"":0}', "]]]}", 122_000 * 7),
    "right size, lists": of_the_right_size("[" * 28 + "]" * 28),
    "right size, long": of_the_right_size(f"[{'0,' * 27}0]"),
    "right size, strings": of_the_right_size('["' + "x" * 27 + '","' + "y" * 27 + '"]'),
    "right size, huge": of_the_right_size(f"[{'9' * 28},{'9' * 28}]"),
}


@pytest.fixture(scope="module")
def inference(tmp_path_factory):
    pytest.importorskip("onnxruntime", reason=RUNTIME)
    folder = tmp_path_factory.mktemp("model")
    weights = locator_onnx.weights(Scene())
    (folder / "model.onnx").write_bytes(locator_onnx.build(Scene(), weights))
    with running("infer", folder) as service:
        yield service


def highest_memory(process):
    """Return the bytes that a process had at most so far."""
    told = Path(f"/proc/{process.pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024


def test_no_body_of_the_allowed_size_takes_much_memory_or_time(tmp_path_factory):
    pytest.importorskip("onnxruntime", reason=RUNTIME)
    with running("infer", tmp_path_factory.mktemp("empty")) as service:
        assert service.ask("GET", "/health")[0] == 200
        before = highest_memory(service.process)
        for name, body in WORST.items():
            assert len(body) <= LARGEST
            began = time.monotonic()
            status, _, answer = service.fetch(
                "POST", "/predict", body, {"content-type": "application/json"}
            )
            took = time.monotonic() - began
            assert status in {400, 413, 422}, name
            assert len(answer) < 4096, name
            assert took < MOST_TIME, (name, took)
            assert highest_memory(service.process) - before < MOST_MEMORY, name


def test_the_largest_batch_at_full_length_is_answered(inference):
    body = of_the_right_size("[-1.2345678901234567e-05, -1.2345678901234567e-05]")
    status, told = inference.predict(body)
    assert status == 200
    assert len(told["estimates"]) == 16


def test_health_answers_while_the_worst_bodies_are_read(inference):
    sender = threading.Thread(
        target=lambda: [inference.predict(WORST["right size, empty"]) for _ in range(3)]
    )
    sender.start()
    slowest = 0.0
    while sender.is_alive():
        began = time.monotonic()
        assert inference.ask("GET", "/health")[0] == 200
        slowest = max(slowest, time.monotonic() - began)
    sender.join()
    assert slowest < MOST_TIME


def test_what_is_no_http_leaves_no_lines_in_the_log(tmp_path):
    pytest.importorskip("onnxruntime", reason=RUNTIME)
    with running("infer", tmp_path, stops=False) as service:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
                connection.sendall(b"nonsense\r\n\r\n")
                assert b" 400 " in connection.recv(1000)
        service.process.terminate()
        _, complaint = service.process.communicate(timeout=15)
    assert "nvalid" not in complaint


class Answered:
    """An application that takes its time, behind the limit on bodies; asked without a socket."""

    def __init__(self, largest):
        self.bodies, self.go_on = [], asyncio.Event()
        self.limit = web.BodyLimit(self._answer, lambda: web.Room(size=largest, values=0))

    async def _answer(self, _scope, receive, send):
        self.bodies.append(await receive())
        await self.go_on.wait()
        await web.JSONResponse({})({"type": "http"}, receive, send)

    async def ask(self, *pieces):
        """Send the pieces of a body; None is one that never comes. Return the status."""
        waiting, said = list(pieces), []

        async def receive():
            piece = waiting.pop(0) if waiting else None
            if piece is None:
                await asyncio.sleep(60)
            return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

        async def send(message):
            said.append(message)

        await self.limit({"type": "http"}, receive, send)
        return said[0]["status"]


def test_a_body_in_single_bytes_arrives_as_one_message():
    async def tried():
        served = Answered(10)
        served.go_on.set()
        assert await served.ask(*[b"x"] * 10) == 200
        assert served.bodies == [{"type": "http.request", "body": b"x" * 10, "more_body": False}]
        assert await served.ask(*[b"x"] * 11) == 413

    asyncio.run(tried())


def test_bodies_that_are_held_at_once_have_a_bound_and_make_room_again():
    async def tried():
        served = Answered(10)
        first = [asyncio.create_task(served.ask(b"x" * 10)) for _ in range(web._ABREAST)]
        await asyncio.sleep(0.1)
        assert await served.ask(b"x") == 503
        bodiless = asyncio.create_task(served.ask(b""))  # /health still goes through
        served.go_on.set()
        assert await asyncio.gather(*first, bodiless) == [200] * (web._ABREAST + 1)
        assert await served.ask(b"x" * 10) == 200

    asyncio.run(tried())


def test_a_body_that_never_arrives_is_given_up(monkeypatch):
    monkeypatch.setattr(web, "_ARRIVAL", 0.1)

    async def tried():
        served = Answered(10)
        assert await asyncio.wait_for(served.ask(b"x", None), 5) == 408
        assert served.bodies == []

    asyncio.run(tried())


def test_methods_and_paths_that_nobody_knows_make_no_figures_of_their_own():
    prometheus = pytest.importorskip("prometheus_client")
    telemetry = pytest.importorskip("trainer.jobs.telemetry")
    requests = prometheus.Histogram(
        "seconds", "", ("method", "route", "status"), registry=prometheus.CollectorRegistry()
    )
    app = web.application("t", room=lambda: web.Room(size=100, values=9))
    app.add_middleware(telemetry.Timed, requests=requests)
    app.get("/known/{name}")(lambda name: name)

    async def asked(method, path):
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_message):
            pass

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode()}
        await app({**scope, "root_path": "", "query_string": b"", "headers": []}, receive, send)

    async def all_asked():
        for number in range(50):
            await asked(f"M{number}", f"/known/{number}")
            await asked(f"M{number}", f"/unknown/{number}")
            await asked("GET", f"/known/{number}")

    asyncio.run(all_asked())
    labels = {tuple(sample.labels.values()) for sample in requests.collect()[0].samples}
    assert {each[:3] for each in labels if len(each) == 3} == {
        ("other", "/known/{name}", "405"),
        ("other", "other", "404"),
        ("GET", "/known/{name}", "200"),
    }


def test_a_cancellation_that_comes_after_the_end_is_not_kept(tmp_path, monkeypatch):
    runner = pytest.importorskip("trainer.jobs.runner")
    store = Store(tmp_path / "jobs.sqlite")
    worker = runner.Runner(store, tmp_path, "cpu")
    monkeypatch.setattr(worker, "_ending", lambda _job: runner.Ending(kind="done"))
    for number in range(100):
        worker.cancel(f"ended {number}")
    store.add("new", {"steps": 5}, None, most=1)
    worker.start()
    last = time.monotonic() + 10
    while not store.get("new").has_ended and time.monotonic() < last:
        time.sleep(0.01)
    worker.stop()
    assert store.get("new").state == "done"
    assert not worker._cancelled
    store.close()


def test_a_resume_reads_long_metrics_line_by_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    line = '{{"event": "step", "step": {}, "loss": 1.0}}\n'
    path.write_text("".join(line.format(step) for step in range(1, 50_001)) + '{"event": "st')
    tracemalloc.start()
    try:
        Metrics(path, resumed_at=40_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**20  # of 2 MB
    assert path.read_text() == "".join(line.format(step) for step in range(1, 40_001))


def test_metrics_that_are_none_are_refused_and_none_at_all_are_begun(tmp_path):
    path = tmp_path / "metrics.jsonl"
    Metrics(path, resumed_at=5)
    assert path.read_bytes() == b""
    path.write_text("[]\n")
    with pytest.raises(BadInput, match="not a metrics file"):
        Metrics(path, resumed_at=5)
    assert path.read_text() == "[]\n"
