"""Runs the suite against a running container, in a pytest of its own, and reads what it found.

Imports prove's case and receipt, engine.client, process, model and errors. A process of its own
keeps the person's pytest settings and plug-ins out, and can be ended when it hangs.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import msgspec

from validation.engine.client import client_environment
from validation.errors import WorldFailed
from validation.model import Project
from validation.process import stream
from validation.prove.case import Case, encode_case
from validation.prove.receipt import Proof

SUITE = Path(__file__).parent / "suite"

_ALL_RAN = {0, 1}
"""pytest's exit codes for a run to the end: all passed, and some failed."""


def suite_argv(
    case_file: Path, outcomes: Path, container_id: str, topics: Sequence[str] = ()
) -> list[str | Path]:
    """Return the command that runs the suite, or only some of its topics."""
    files = [SUITE / f"test_{topic}.py" for topic in topics]
    return [
        sys.executable, "-m", "pytest", "-c", SUITE / "pytest.ini", "--rootdir", SUITE,
        "-p", "testinfra.plugin", "--hosts", f"docker://{container_id}",
        "-p", "no:terminal", "--case", case_file, "--outcomes", outcomes, *(files or [SUITE]),
    ]  # fmt: skip


class Outcomes:
    """The suite's outcomes as they appear, one JSON line each, in a file that it writes."""

    def __init__(self, file: Path, report: Callable[[Proof], None]) -> None:
        self._file = file
        self._report = report
        self._read = 0
        self.proofs: list[Proof] = []
        self.ended: int | None = None

    def drain(self) -> None:
        """Take what has been written since the last time; an unfinished line waits."""
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        if line.startswith(b'{"ended"'):
            self.ended = int(msgspec.json.decode(line)["ended"])
            return
        proof = msgspec.json.decode(line, type=Proof)
        self.proofs.append(proof)
        self._report(proof)


def run_checks(
    case: Case,
    project: Project,
    scratch: Path,
    log: IO[str],
    *,
    timeout: float,
    report: Callable[[Proof], None],
    topics: Sequence[str] = (),
) -> tuple[Proof, ...]:
    """Run every check of the suite and return what became of each, in the suite's order.

    `topics` ("gpu_rates") narrows it to some of its files, for looking closer at one; that is no
    proof of an image.
    A suite that does not end within `timeout` seconds, or breaks off, is a failed proof of its
    own beside those that it had finished. Raises `WorldFailed` when pytest cannot run at all.
    """
    case_file = scratch / "case.json"
    case_file.write_bytes(encode_case(case))
    outcomes = Outcomes(scratch / "outcomes.jsonl", report)
    environment = {
        **client_environment(case.engine, project),
        "PYTEST_ADDOPTS": "",
        "PYTEST_PLUGINS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONUNBUFFERED": "1",
    }
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        outcomes.drain()

    argv = suite_argv(case_file, scratch / "outcomes.jsonl", case.container_id, topics)
    broken = ""
    try:
        stream(argv, on_line=on_line, log=log, env=environment, timeout=timeout)
    except WorldFailed as error:
        broken = f"the suite did not end within {timeout:.0f} s" if lines else error.what
    outcomes.drain()
    if outcomes.ended in _ALL_RAN and outcomes.proofs:
        return tuple(outcomes.proofs)
    if not outcomes.proofs and not broken:
        raise WorldFailed("the suite cannot run", details=tuple(lines[-15:]), hint="pip check")
    last = Proof(
        name="suite.ends",
        about="The suite runs to its end.",
        outcome="failed",
        reason=broken or f"the suite broke off: {lines[-1] if lines else 'no output'}",
    )
    log.write(f"{last.name}: {last.reason}\n")
    report(last)
    return (*outcomes.proofs, last)
