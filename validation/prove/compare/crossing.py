"""Checkpoints across: each image exports its own, and loads and exports the other's.

Imports prove's container and ledger, and compare's checks, judging, probing, record and runs.
Containers are both up while files go to and fro; nothing is timed here.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from validation.model import Record
from validation.prove.built import Built
from validation.prove.compare.checks import (
    AGREES,
    EXPORTS,
    GOES_ON,
    LOADS,
    ONNX_SAME,
    Name,
    fail,
    hold,
)
from validation.prove.compare.judging import (
    TOLERANCE,
    carried_gaps,
    format_gap,
    gap_problem,
    resume_problem,
    worst_gap,
)
from validation.prove.compare.probing import Desk, NoAnswer
from validation.prove.compare.record import Carried, Exported, Gap
from validation.prove.compare.runs import Bench
from validation.prove.container import proving
from validation.prove.ledger import Ledger


class Contents(Record, frozen=True, kw_only=True):
    """What is installed in an image: Python's version, {normalised name: version}."""

    python: str
    installed: dict[str, str]


class Crossed(msgspec.Struct, kw_only=True):
    """What came of it; None for what was not reached.

    `models` are ONNX files and `answers` their parity files: "old" and "new" are each image's own,
    "moved" is OLD's checkpoint exported by NEW.
    """

    contents: dict[Name, Contents] = {}
    exported: dict[Name, Exported] = {}
    carried: Carried | None = None
    back: Carried | None = None
    models: dict[str, Path] = {}
    answers: dict[str, Path] = {}


class _Export(Record, frozen=True, kw_only=True):
    exporter: str = ""
    opset: int = 0
    ir_version: int = 0
    bytes: int = 0
    problem: str = ""


class _Carry(Record, frozen=True, kw_only=True):
    weights_only_default: bool
    loads: bool
    reason: str = ""
    gaps: dict[str, tuple[Gap, ...]] = {}  # noqa: RUF012
    restores: bool = False
    validation: float | None = None


class Crossing:
    """Carries the checkpoints in the folders `made` across, and holds what came of it."""

    def __init__(
        self, bench: Bench, pair: Mapping[Name, Built], made: Mapping[Name, Path], ledger: Ledger
    ) -> None:
        self._bench, self._pair, self._made, self._ledger = bench, pair, made, ledger
        self._done = Crossed()

    def finish(self, expected: float) -> Crossed:
        """Go there and back; `expected` is OLD's validation loss of its own checkpoint, in nats."""
        with self._desk("old") as old, self._desk("new") as new:
            # both first: what is in one says nothing without the other
            told = [self._tells("old", old), self._tells("new", new)]
            if all(told) and self._exports("old", old):
                loads = self._forward(new, expected)
                if self._exports("new", new):
                    self._backward(old)
                if loads:
                    self._move(new)
        return self._done

    @contextlib.contextmanager
    def _desk(self, name: Name) -> Iterator[Desk]:
        bench, built = self._bench, self._pair[name]
        image_id = built.facts.image_id
        with proving(bench.client, built.image, image_id, bench.run, bench.requests) as container:
            yield Desk(container=container, timeout=bench.timeout, follow=bench.follow)

    def _tells(self, name: Name, desk: Desk) -> bool:
        """Let an image tell what is in it; one that cannot is not asked to export either."""
        try:
            self._done.contents[name] = _contents(desk)
        except NoAnswer as error:
            fail(self._ledger, EXPORTS[name], error)
            return False
        return True

    def _exports(self, name: Name, desk: Desk) -> bool:
        """Let an image export its own checkpoint."""
        ledger, done = self._ledger, self._done
        ledger.say(f"{name.upper()} exports to ONNX")
        try:
            done.exported[name] = self._export(desk, "own", self._made[name], name)
        except NoAnswer as error:
            fail(ledger, EXPORTS[name], error)
            return False
        told = done.exported[name]
        return hold(ledger, EXPORTS[name], "", f"{told.exporter} exporter, opset {told.opset}")

    def _export(self, desk: Desk, folder: str, made: Path, name: str) -> Exported:
        """Export the checkpoint in `made`; the model is then known by `name`."""
        to = self._made["new"].parent / f"export-{name}"
        files = {"checkpoint.pt": made / "checkpoint.pt"}
        there = desk.put(f"{folder}-checkpoint", files, to / "sent")
        question = {"checkpoint": there["checkpoint.pt"]}
        told = desk.ask("compare_export", folder, question, to, _Export)
        if told.problem:
            raise NoAnswer(told.problem)
        self._done.models[name] = to / "model.onnx"
        self._done.answers[name] = to / "parity.npz"
        return Exported(
            exporter=told.exporter, opset=told.opset, ir_version=told.ir_version, bytes=told.bytes
        )

    def _move(self, new: Desk) -> None:
        """Let NEW export OLD's checkpoint: the same weights through another exporter."""
        try:
            self._export(new, "moved", self._made["old"], "moved")
        except NoAnswer as error:
            fail(self._ledger, ONNX_SAME, error)

    def _forward(self, new: Desk, expected: float) -> bool:
        """Load OLD's checkpoint in NEW and hold that it is what it was; True where it loads."""
        self._ledger.say("NEW loads OLD's checkpoint")
        try:
            carried = self._carry("old", "new", new)
        except NoAnswer as error:
            fail(self._ledger, LOADS, error)
            return False
        self._done.carried = carried
        told = f"strict, weights_only=True (its default there: {carried.weights_only_default})"
        if not hold(self._ledger, LOADS, "" if carried.loads else carried.reason, told):
            return False
        gaps = carried_gaps(carried)
        worst = worst_gap(gaps)
        told = format_gap(worst) if worst else ""
        hold(self._ledger, AGREES, gap_problem(gaps, TOLERANCE), told)
        told = f"validation loss {expected:.5f} and {carried.validation:.5f} nats"
        hold(self._ledger, GOES_ON, resume_problem(carried, expected, TOLERANCE), told)
        return True

    def _backward(self, old: Desk) -> None:
        """Load NEW's checkpoint in OLD: information for a way back, which fails nothing."""
        self._ledger.say("OLD loads NEW's checkpoint")
        try:
            self._done.back = self._carry("new", "old", old)
        except NoAnswer as error:
            self._done.back = Carried(
                source=self._pair["new"].image.id,
                into=self._pair["old"].image.id,
                loads=False,
                reason=error.what,
            )

    def _carry(self, source: Name, into: Name, desk: Desk) -> Carried:
        files = {
            "checkpoint.pt": self._made[source] / "checkpoint.pt",
            "parity.npz": self._done.answers[source],
        }
        to = self._made["new"].parent / f"carried-{source}"
        there = desk.put("carried-files", files, to / "sent")
        question = {
            "checkpoint": there["checkpoint.pt"],
            "parity": there["parity.npz"],
            "devices": list(dict.fromkeys(["cpu", self._bench.device])),
        }
        told = desk.ask("compare_carry", "carried", question, to, _Carry)
        return Carried(
            source=self._pair[source].image.id,
            into=self._pair[into].image.id,
            loads=told.loads,
            reason=told.reason,
            gaps=told.gaps,
            restores=told.restores,
            validation=told.validation,
            weights_only_default=told.weights_only_default,
        )


def _contents(desk: Desk) -> Contents:
    try:
        return msgspec.json.decode(desk.run("packages"), type=Contents)
    except msgspec.MsgspecError as error:
        raise NoAnswer(f"packages answered something else: {error}") from error
