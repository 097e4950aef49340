"""The figures at /metrics, for Prometheus. Imports prometheus-client.

Queue and device are read when they are asked for; requests are counted as they pass.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trainer.errors import TrainerError
from trainer.jobs.desk import Desk
from trainer.watch import Word

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Seconds. Fine where /health is held to 20 ms, coarse where models are downloaded.
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Telemetry:
    """One service's figures."""

    def __init__(self, desk: Desk, word: Callable[[], Word]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(namespace="imagewright", registry=self._registry)
        self._registry.register(_Gauges(desk, word))
        self.requests = Histogram(
            "imagewright_request_seconds",
            "Time from a request's first byte to its answer's last.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)


class _Gauges(Collector):
    """What is so at this moment."""

    def __init__(self, desk: Desk, word: Callable[[], Word]) -> None:
        self._desk, self._word = desk, word

    def describe(self) -> Iterable[Metric]:
        """Promise nothing: the queue may be out of reach when this is registered."""
        return ()

    def collect(self) -> Iterable[Metric]:
        word = self._word()
        yield _gauge("device_healthy", "1 when the device computes.", word.status == "healthy")
        if word.memory:
            memory = _gauge(
                "device_memory_bytes", "The GPU's memory, whoever uses it.", labels=["kind"]
            )
            for kind, size in word.memory.items():
                memory.add_metric([kind], size)
            yield memory
        try:
            store, runner = self._desk.opened()
            counts = store.counts()
        except TrainerError:
            yield _gauge("queue_usable", "1 when jobs can be stored.", 0)
            return
        yield _gauge("queue_usable", "1 when jobs can be stored.", 1)
        yield _gauge("queue_depth", "Jobs that wait.", counts["queued"])
        yield _gauge("queue_limit", "Jobs that may wait.", self._desk.limits.queue)
        jobs = _gauge(
            "jobs", "Jobs by state; the oldest ended ones are forgotten.", labels=["state"]
        )
        for state, number in counts.items():
            jobs.add_metric([state], number)
        yield jobs
        for progress in runner.live().values():
            yield _gauge("job_step", "Steps taken by the running job.", progress.step)
            yield _gauge("job_steps", "Steps the running job has in all.", progress.of)
            if progress.seconds_per_step is not None:
                about = "Time per step of the running job, over the last looks."
                yield _gauge("step_seconds", about, progress.seconds_per_step)


class Timed:
    """Middleware that times every request under its route's pattern, never under a raw path."""

    def __init__(self, app: ASGIApp, requests: Histogram) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = "500"

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            # Labels stay few, whatever is asked for. The route puts itself there; what none serves
            # is "other". So is a method that a client made up: its refusal (405) has a route too.
            route = getattr(scope.get("route"), "path", "other")
            known = route != "other" and scope["method"] in _METHODS
            method = scope["method"] if known else "other"
            self._requests.labels(method, route, status).observe(time.perf_counter() - began)


def _gauge(name: str, about: str, value: Any = None, labels: Any = None) -> GaugeMetricFamily:  # noqa: ANN401  (as the library takes them)
    value = None if value is None else float(value)
    return GaugeMetricFamily(f"imagewright_{name}", about, value=value, labels=labels)
