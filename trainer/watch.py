"""Does the device work? Asked again and again, in a process of its own. No torch.

The answer at hand is at most a few seconds old, so that /health costs nothing, and a driver that
hangs makes it unhealthy instead of silent.
"""

import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between questions
STARTING = 120.0  # seconds for the first answer: importing torch from a cold disk can take a minute
ANSWERING = 20.0  # seconds for each answer after that
_ENDING = 3.0  # seconds for a probe to be gone: one that hangs in a driver is left to the kernel
AGAIN = 30.0  # seconds before a device that failed is tried again: it costs an import of torch


@dataclass(frozen=True, kw_only=True)
class Word:
    """What is known of the device."""

    status: str  # "starting", "healthy" or "unhealthy"
    reason: str | None = None
    device: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, int] | None = None  # bytes, "used" and "total"
    versions: dict[str, Any] = field(default_factory=dict)


class DeviceWatch:
    """Keeps a probe running on a wished device, and its last word."""

    def __init__(self, wish: str) -> None:
        self._argv = [sys.executable, "-m", "trainer", "probe", "--device", wish]
        self._argv += ["--parent", str(os.getpid())]
        self._word = Word(status="starting", reason="the device is being tried for the first time")
        self._first, self._stopping = threading.Event(), threading.Event()
        self._probe: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="device", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """End the probe."""
        self._stopping.set()
        until = time.monotonic() + _ENDING
        while self._thread.is_alive() and time.monotonic() < until:
            if self._probe is not None:  # perhaps started just now
                self._probe.kill()
            self._thread.join(timeout=0.1)

    def word(self, wait: float = 0.0) -> Word:
        """Return the last word; waits up to `wait` seconds for the very first."""
        self._first.wait(wait)
        return self._word

    def _work(self) -> None:
        while not self._stopping.is_set():
            word = self._ask()
            if word.status != self._word.status:
                log.info("device: %s", word.reason or word.status)
            self._word = word
            self._first.set()
            self._stopping.wait(EVERY if word.status == "healthy" else AGAIN)

    def _ask(self) -> Word:
        """Put one question to the probe, started where there is none."""
        limit = ANSWERING
        if self._probe is None or self._probe.poll() is not None:
            limit = STARTING
            try:
                self._probe = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                return Word(status="unhealthy", reason=f"no probe can be started: {error.strerror}")
        told = _answer(self._probe, limit)
        if isinstance(told, str):
            # A process that hangs in a driver may survive this; then it is waited for, not doubled.
            self._probe.kill()
            return Word(status="unhealthy", reason=told)
        if "problem" in told:
            return Word(status="unhealthy", reason=told["problem"])
        memory, versions = told.pop("memory"), told.pop("torch")
        return Word(status="healthy", device=told, memory=memory, versions=versions)


def _answer(probe: "subprocess.Popen[bytes]", limit: float) -> dict[str, Any] | str:
    """Return the probe's answer to one line, or why there is none after `limit` seconds."""
    assert probe.stdin is not None  # noqa: S101  (both are pipes: told to the type checker)
    assert probe.stdout is not None  # noqa: S101
    try:
        probe.stdin.write(b"\n")
        probe.stdin.flush()
    except OSError:
        return "the device's probe died"
    until, text = time.monotonic() + limit, b""
    while not text.endswith(b"\n"):
        readable, _, _ = select.select([probe.stdout], [], [], max(0.0, until - time.monotonic()))
        if not readable:
            return f"the device did not answer within {limit:g} s"
        piece = os.read(probe.stdout.fileno(), 65536)
        if not piece:
            return f"the device's probe died (exit {probe.wait()})"
        text += piece
    try:
        told = json.loads(text)
    except ValueError:
        told = text
    return told if isinstance(told, dict) else f"the device's probe says {told!r}"
