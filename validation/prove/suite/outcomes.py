"""Writes what became of each check: one line of JSON as soon as it is known.

A pytest plug-in that takes the terminal reporter's place; imports prove's ledger and receipt. The
last line says how the session ended, so that a suite that was killed can be told from one that
finished.
"""

import inspect
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from validation.prove.ledger import format_proof
from validation.prove.receipt import Outcome, Proof


class Outcomes:
    """Writes each check's record when its last phase is over, and one last line at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open: dict[str, Proof] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Function) -> Generator[None, Any, None]:
        outcome = yield
        report: pytest.TestReport = outcome.get_result()
        before = self._open.get(item.nodeid) or _fresh(item)
        proof = _with(before, report)
        self._open[item.nodeid] = proof
        if report.failed:
            _print(report.longreprtext)
        if report.when == "teardown":
            self._write(msgspec.json.encode(proof))
            _print(format_proof(proof))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            _print(report.longreprtext)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._write(msgspec.json.encode({"ended": int(exitstatus)}))

    def _write(self, line: bytes) -> None:
        with self._file.open("ab") as file:
            file.write(line + b"\n")


def _print(text: str) -> None:
    """Write to the log that the host keeps; each line makes it look for new outcomes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fresh(item: pytest.Function) -> Proof:
    topic = item.path.stem.removeprefix("test_")
    check = (item.originalname or item.name).removeprefix("test_")
    about = (inspect.getdoc(item.function) or "").partition("\n\n")[0].replace("\n", " ")
    return Proof(name=f"{topic}.{check}", outcome="passed", about=about)


def _with(proof: Proof, report: pytest.TestReport) -> Proof:
    """Return a check's record with one more phase in it; the first that is no pass decides."""
    outcome: Outcome = proof.outcome
    reason = proof.reason
    if outcome == "passed" and report.outcome != "passed":
        outcome = report.outcome
        reason = _reason(report)
    told = [(name, str(text)) for name, text in report.user_properties]
    figures: dict[str, float] = {}
    for name, found in report.user_properties:
        if name == "figures" and isinstance(found, dict):
            figures |= found
    return msgspec.structs.replace(
        proof,
        outcome=outcome,
        reason=reason,
        measured="; ".join(text for name, text in told if name == "measured"),
        figures=figures,
        notes=tuple(text for name, text in told if name == "note"),
        seconds=round(proof.seconds + report.duration, 3),
    )


def _reason(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr)
    # pytest adds the values of an assertion below its message; the message is written for people.
    return text.removeprefix("AssertionError: ").partition("\nassert ")[0].strip()
