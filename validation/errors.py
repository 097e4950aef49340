"""What can go wrong, said for the reader: what failed, why, what to do next, and the exit code.

Imports nothing of ours. Raised anywhere, caught once, in `validation.cli`.

Exit codes (the contract of every verb):
    0  done and clean
    1  findings or failed proofs
    2  bad input: matrix, arguments, files
    3  the world failed: engine, registry, network, disk
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; each verb uses all four in the same sense."""

    CLEAN = 0
    FINDINGS = 1
    BAD_INPUT = 2
    WORLD_FAILED = 3


class ImagewrightError(Exception):
    """A failure that a person can act on.

    `what` failed (one line, with the reason), `hint` is the next step, `details` are further
    lines (a log's tail, located problems). Never raised bare: use a subclass.
    """

    exit_code = ExitCode.WORLD_FAILED

    def __init__(self, what: str, *, hint: str = "", details: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.details = details


class BadInput(ImagewrightError):
    """The person's input is wrong: matrix, selector, argument, file. Exit 2."""

    exit_code = ExitCode.BAD_INPUT


class Findings(ImagewrightError):
    """The work was done and what was found is not clean: a drift, a failed proof. Exit 1."""

    exit_code = ExitCode.FINDINGS


class WorldFailed(ImagewrightError):
    """Something outside failed: engine, registry, index, network, disk. Exit 3."""

    exit_code = ExitCode.WORLD_FAILED
