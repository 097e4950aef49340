"""/health of the running service while a job trains. Standard library only.

Each question is a connection of its own, as the engine's health check makes it.
"""

import http.client
import json
import statistics
import time
from typing import Any

from trainer.errors import ProofFailed

_PAUSE = 0.01  # seconds between questions


def measure_latency(host: str, port: int, *, questions: int) -> dict[str, Any]:
    """Return latencies in milliseconds, asked while a job trains; the job is cancelled after.

    Raises `ProofFailed` where the service takes no job, or the job ends before it is measured.
    """
    job = _ask(host, port, "POST", "/jobs", {"steps": 1_000_000})
    identity = job.get("id")
    if identity is None:
        raise ProofFailed(f"the service takes no job: {job.get('detail')}")
    try:
        while _ask(host, port, "GET", f"/jobs/{identity}")["progress"]["step"] < 1:
            time.sleep(0.2)
        taken = []
        for _ in range(questions):
            began = time.perf_counter()
            _ask(host, port, "GET", "/health")
            taken.append(1000 * (time.perf_counter() - began))
            time.sleep(_PAUSE)
        if _ask(host, port, "GET", f"/jobs/{identity}")["state"] != "running":
            raise ProofFailed("the job ended before it was measured")
    finally:
        _ask(host, port, "DELETE", f"/jobs/{identity}")
    percentiles = statistics.quantiles(taken, n=100)
    return {
        "questions": questions,
        "p50_ms": percentiles[49],
        "p95_ms": percentiles[94],
        "p99_ms": percentiles[98],
        "max_ms": max(taken),
    }


def _ask(host: str, port: int, method: str, path: str, body: object = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"})
        answer = connection.getresponse().read()
    except OSError as error:
        raise ProofFailed(f"no service at {host}:{port}: {error}") from error
    finally:
        connection.close()
    told = json.loads(answer or b"{}")
    return told if isinstance(told, dict) else {}
