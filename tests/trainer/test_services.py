"""Both services over real sockets: how they start, how healthy they say they are, how they fail."""

import importlib.util
import socket
import threading

import pytest
from services import asked_by_health, running

from trainer.errors import WorldFailed

pytest.importorskip("fastapi", reason="this image has no service")

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="the inference image has no torch, by design"
)
needs_runtime = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None,
    reason="the training image has no ONNX Runtime, by design",
)


@needs_torch
def test_training_service_is_healthy_and_ready_on_the_cpu(tmp_path, trainer_command):
    environment = {"IMAGEWRIGHT_DEVICE": "cpu", "IMAGEWRIGHT_IMAGE": "cpu-test"}
    with running("serve", tmp_path, **environment) as service:
        status, told = service.settled()
        assert (status, told["status"]) == (200, "healthy")
        assert told["device"]["used"] == "cpu"
        assert told["image"] == "cpu-test"
        assert told["versions"]["torch"]
        assert service.ask("GET", "/ready") == (200, {"ready": True})
        assert service.ask("GET", "/nowhere")[0] == 404
        assert asked_by_health(trainer_command, service.port).returncode == 0


@needs_torch
def test_training_service_is_unhealthy_without_the_device_it_was_told_to_use(
    tmp_path, trainer_command
):
    environment = {"IMAGEWRIGHT_DEVICE": "cuda", "CUDA_VISIBLE_DEVICES": ""}
    with running("serve", tmp_path, **environment) as service:
        status, told = service.settled()
        assert (status, told["status"]) == (503, "unhealthy")
        assert "cuda" in told["reason"]
        assert service.ask("GET", "/ready")[0] == 503
        done = asked_by_health(trainer_command, service.port)
        assert done.returncode == 1
        assert "unhealthy" in done.stderr


@needs_torch
def test_a_device_that_computes_wrongly_is_not_healthy(monkeypatch):
    torch = pytest.importorskip("torch")
    device = pytest.importorskip("trainer.device")
    device.probe(device.choose_device("cpu"))
    multiply = torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: multiply(a, b) + 1)
    with pytest.raises(WorldFailed, match="wrongly"):
        device.probe(device.choose_device("cpu"))


@needs_torch
def test_not_ready_where_data_cannot_be_written():
    with running("serve", "/proc/imagewright", IMAGEWRIGHT_DEVICE="cpu") as service:
        assert service.settled()[0] == 200
        status, told = service.ask("GET", "/ready")
        assert status == 503
        assert "/proc/imagewright" in told["reason"]


@pytest.mark.parametrize(
    ("verb", "environment", "code"),
    [
        pytest.param("serve", {"IMAGEWRIGHT_DEVICE": "gpu"}, 2, marks=needs_torch),
        pytest.param("serve", {"IMAGEWRIGHT_PORT": "http"}, 2, marks=needs_torch),
        pytest.param("infer", {"IMAGEWRIGHT_PORT": "70000"}, 2, marks=needs_runtime),
        ("health", {"IMAGEWRIGHT_PORT": "-1"}, 2),
    ],
)
def test_bad_environment_is_exit_2(trainer_command, verb, environment, code):
    done = trainer_command(verb, environment=environment)
    assert done.returncode == code
    assert "IMAGEWRIGHT_" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "verb", [pytest.param("serve", marks=needs_torch), pytest.param("infer", marks=needs_runtime)]
)
def test_a_taken_port_is_exit_3(trainer_command, verb):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        environment = {"IMAGEWRIGHT_HOST": "127.0.0.1", "IMAGEWRIGHT_PORT": port}
        done = trainer_command(verb, environment=environment)
    assert done.returncode == 3
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_health_is_exit_1_where_nothing_or_something_else_answers(trainer_command):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def nonsense():
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            connection.close()

        thread = threading.Thread(target=nonsense)
        thread.start()
        assert asked_by_health(trainer_command, port).returncode == 1
        thread.join()
    assert asked_by_health(trainer_command, port).returncode == 1
