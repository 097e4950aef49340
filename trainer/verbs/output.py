"""What the command line writes: results to stdout, failures to stderr. Nothing else prints."""

import sys
from typing import Any

from trainer import errors


def say(text: str) -> None:
    """Write one line to stdout, at once: progress is worth nothing late."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(what: str, hint: str = "") -> None:
    """Write a failure and its next step to stderr."""
    sys.stderr.write(f"error: {what}\n" + (f"  → {hint}\n" if hint else ""))


def judge(report: dict[str, Any], closing: str) -> int:
    """Write every proof of a report and the verdict; return the exit code."""
    for proof in report["proofs"]:
        say(f"{'pass' if proof['passed'] else 'FAIL'}  {proof['name']}: {proof['detail']}")
    say(f"{'passed' if report['passed'] else 'failed'}: {closing}")
    return errors.CLEAN if report["passed"] else errors.FAILED
