"""The watch over the device, with probes that do what a broken one does. No torch."""

import json
import sys
import time

import pytest

from trainer import watch as module
from trainer.watch import DeviceWatch

ANSWER = json.dumps({"used": "cuda", "name": "G", "memory": {"used": 1, "total": 2}, "torch": {}})
# Each reads a line and answers it, as `python -m trainer probe` does.
PROBES = {
    "well": f"for _ in sys.stdin: print({ANSWER!r}, flush=True)",
    "says no": 'for _ in sys.stdin: print(\'{"problem": "no GPU answers"}\', flush=True)',
    "hangs": "sys.stdin.readline(); time.sleep(600)",
    "hangs later": f"sys.stdin.readline(); print({ANSWER!r}, flush=True); time.sleep(600)",
    "dies": "sys.exit(7)",
    "babbles": "for _ in sys.stdin: print('hello', flush=True)",
}


@pytest.fixture
def watching(monkeypatch):
    """Start a watch whose probe is one of these, with short times."""
    monkeypatch.setattr(module, "EVERY", 0.05)
    monkeypatch.setattr(module, "AGAIN", 0.05)
    monkeypatch.setattr(module, "ANSWERING", 0.5)
    started = []

    def start(probe, starting=20.0):
        monkeypatch.setattr(module, "STARTING", starting)
        watch = DeviceWatch("cuda")
        watch._argv = [sys.executable, "-c", f"import sys, time\n{PROBES[probe]}"]
        watch.start()
        started.append(watch)
        return watch

    yield start
    for watch in started:
        watch.stop()
        assert watch._probe.wait(timeout=5) is not None


def until(watch, status, limit=20):
    last = time.monotonic() + limit
    while watch.word().status != status and time.monotonic() < last:
        time.sleep(0.02)
    return watch.word()


def test_a_device_that_works_is_healthy_and_described(watching):
    word = watching("well").word(wait=20)
    assert (word.status, word.reason) == ("healthy", None)
    assert word.device == {"used": "cuda", "name": "G"}
    assert word.memory == {"used": 1, "total": 2}


def test_before_the_first_answer_it_is_starting(watching):
    word = watching("hangs").word()
    assert word.status == "starting"


@pytest.mark.parametrize(
    ("probe", "reason"),
    [("says no", "no GPU answers"), ("dies", "died"), ("babbles", "says")],
)
def test_a_device_that_fails_is_unhealthy_with_its_reason(watching, probe, reason):
    word = watching(probe).word(wait=20)
    assert word.status == "unhealthy"
    assert reason in word.reason


def test_a_driver_that_hangs_makes_it_unhealthy_and_never_waits_for_it(watching):
    watch = watching("hangs", starting=0.5)
    assert "did not answer" in until(watch, "unhealthy").reason


def test_a_device_that_hangs_after_it_worked_is_found_out(watching):
    watch = watching("hangs later")
    assert until(watch, "healthy").status == "healthy"
    assert "did not answer" in until(watch, "unhealthy").reason
    began = time.monotonic()
    watch.word()
    assert time.monotonic() - began < 0.5
