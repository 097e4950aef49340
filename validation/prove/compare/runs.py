"""Measured runs: an image is started, waited for, and trained in; both images in turn.

Imports engine.runs, prove's built, container and ledger, and compare's checks, probing and record.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from docker import DockerClient
from docker.types import DeviceRequest

from validation.engine.runs import Run
from validation.model import Record
from validation.prove.built import Built
from validation.prove.compare.checks import TRAINS, Name, fail, hold
from validation.prove.compare.probing import Desk, NoAnswer
from validation.prove.compare.record import Learning
from validation.prove.container import health_limit, last_lines, proving
from validation.prove.ledger import Ledger

Device = Literal["cpu", "cuda"]


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What all runs of a comparison share.

    `requests` ask for GPUs, none where both train on the CPU; `timeout` is in seconds and holds
    for each question; `follow` hears every line that a program writes.
    """

    client: DockerClient
    run: Run
    requests: tuple[DeviceRequest, ...]
    device: Device
    steps: int
    timeout: float
    follow: Callable[[str], None]


class Learned(Record, frozen=True, kw_only=True):
    """A training's quality before its first step and after its last: nats and metres."""

    loss_first: float
    loss_last: float
    error_first: float
    error_last: float


class Trained(Record, frozen=True, kw_only=True):
    """What `compare_train` measured: seconds, examples a second, bytes."""

    device: str
    seconds: float
    examples_per_second: float
    step_seconds: float
    host_bytes: int
    device_bytes: int | None
    learned: Learned


class Measured(Record, frozen=True, kw_only=True):
    """One run: seconds from starting the container to a healthy service, and the training."""

    cold_start: float
    trained: Trained

    def learning(self, seed: int) -> Learning:
        """Return what the training came to."""
        learned = self.trained.learned
        return Learning(
            seed=seed,
            loss_first=learned.loss_first,
            loss_last=learned.loss_last,
            error_first=learned.error_first,
            error_last=learned.error_last,
        )


def measure(bench: Bench, built: Built, seed: int, made: Path) -> Measured:
    """Start the image, wait until it is healthy, train in it; the folder `made` gets the files.

    Raises `NoAnswer` when the image does not do its part, `WorldFailed` when the engine does not.
    """
    begin = time.monotonic()
    with proving(
        bench.client, built.image, built.facts.image_id, bench.run, bench.requests
    ) as container:
        limit = health_limit(container)
        desk = Desk(container=container, timeout=bench.timeout, follow=bench.follow)
        try:
            desk.run("compare_start", f"{limit:.0f}")
        except NoAnswer as error:
            details = (*error.details, *last_lines(container))
            raise NoAnswer(f"not healthy: {error.what}", details=details) from error
        cold_start = time.monotonic() - begin
        question = {"device": bench.device, "seed": seed, "steps": bench.steps}
        trained = desk.ask("compare_train", "trained", question, made, Trained)
    if trained.device != bench.device:
        raise NoAnswer(f"told to train on {bench.device}, it trained on {trained.device}")
    return Measured(cold_start=cold_start, trained=trained)


def measure_in_turn(
    bench: Bench,
    pair: Mapping[Name, Built],
    ledger: Ledger,
    *,
    seed: int,
    runs: int,
    made: Path,
) -> dict[Name, list[Measured]]:
    """Measure OLD, NEW, OLD, NEW …: what the machine does meanwhile meets both alike.

    Run i has the seed `seed` + i in both; its files come to `made`/<name>-<i>. An image that does
    not do its part is a failed check, and ends the runs: the other has nothing to compare with.
    """
    measured: dict[Name, list[Measured]] = {name: [] for name in pair}
    for at in range(runs):
        for name, built in pair.items():
            ledger.say(f"run {at + 1} of {runs}: {name.upper()} starts and trains")
            try:
                one = measure(bench, built, seed + at, made / f"{name}-{at}")
            except NoAnswer as error:
                fail(ledger, TRAINS[name], error)
                return measured
            measured[name].append(one)
            ledger.say(
                f"run {at + 1} of {runs}: {name.upper()} healthy after {one.cold_start:.1f} s, "
                f"trained at {one.trained.examples_per_second:,.0f} examples/s"
            )
    for name in pair:
        last = measured[name][-1].trained.learned
        told = f"mean error {last.error_first:.0f} m → {last.error_last:.1f} m"
        hold(ledger, TRAINS[name], "", told)
    return measured
