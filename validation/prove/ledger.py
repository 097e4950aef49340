"""Collects one image's proofs as they come, tells each to whoever watches, and keeps the log.

Imports prove.receipt and model.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

import msgspec

from validation.model import Record
from validation.prove.receipt import Outcome, Proof

_VERDICTS = ("pass  ", "FAIL  ", "passed: ", "failed: ")
"""How `python -m trainer` begins the lines that its report holds as well."""

SIGNS: dict[Outcome, str] = {"passed": "✓", "failed": "✗", "skipped": "-"}


def format_proof(proof: Proof) -> str:
    """Return a proof as one line: its sign, its name, what was measured or why it did not pass."""
    first = proof.reason.partition("\n")[0]
    passed = f": {proof.measured}" if proof.measured else ""
    word = {"passed": passed, "failed": f": {first}", "skipped": f": skipped, {first}"}[
        proof.outcome
    ]
    return f"{SIGNS[proof.outcome]} {proof.name}{word}"


class Told(Record, frozen=True, kw_only=True):
    """A proof in a program's own words: `proofs` of smoke.json and of the check's report."""

    name: str
    passed: bool
    detail: str = ""


def told_proofs(measured: Mapping[str, object]) -> tuple[Told, ...]:
    """Return the proofs of a program's report, none where it is not of that shape."""
    try:
        return tuple(msgspec.convert(measured.get("proofs", []), list[Told]))
    except msgspec.ValidationError:
        return ()


class Ledger:
    """The proofs of one image in one run. Not for several threads."""

    def __init__(self, say: Callable[[str], None], log: IO[str]) -> None:
        self._say = say
        self.log = log
        self.proofs: list[Proof] = []

    def say(self, text: str) -> None:
        """Tell what is going on; the log has it too."""
        self.log.write(text + "\n")
        self._say(text)

    def note(self, line: str) -> None:
        """Log a line that nobody who watches needs."""
        self.log.write(line + "\n")

    def add(self, proof: Proof) -> None:
        """Take a proof and tell it; the log gets the whole reason."""
        self.add_logged(proof)
        self.log.write(format_proof(proof) + "\n")
        self.log.writelines(f"    {line}\n" for line in proof.reason.splitlines()[1:])

    def add_logged(self, proof: Proof) -> None:
        """Take a proof and tell it, where the log has it already."""
        self.proofs.append(proof)
        self._say(format_proof(proof))

    def follow(self, line: str) -> None:
        """Take a line of the trainer's output.

        All of it is logged; its verdicts, which become proofs, are not told twice.
        """
        self.log.write(line + "\n")
        if line.strip() and not line.startswith(_VERDICTS):
            self._say(line)

    def skip(self, name: str, about: str, reason: str) -> None:
        """Take a proof that cannot run, with its reason."""
        self.add(Proof(name=name, about=about, outcome="skipped", reason=reason))

    def add_told(self, topic: str, measured: Mapping[str, object]) -> None:
        """Take the proofs that a program in the container reports: name, passed, detail."""
        for told in told_proofs(measured):
            name = f"{topic}.{told.name.replace(' ', '_')}"
            outcome: Outcome = "passed" if told.passed else "failed"
            reason = "" if told.passed else told.detail
            detail = told.detail if told.passed else ""
            self.add(Proof(name=name, outcome=outcome, reason=reason, measured=detail))

    @contextmanager
    def proof(self, name: str, about: str) -> Iterator[Callable[[str], None]]:
        """Time a proof; it passed unless the block calls what it is given with a reason."""
        reasons: list[str] = []
        start = time.monotonic()
        yield reasons.append
        self.add(
            Proof(
                name=name,
                about=about,
                outcome="failed" if reasons else "passed",
                reason="\n".join(reasons),
                seconds=round(time.monotonic() - start, 3),
            )
        )
