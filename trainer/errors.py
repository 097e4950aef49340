"""What can go wrong, said for the reader: what failed, what to do next, and the exit code.

Imports nothing. Raised anywhere in the trainer, caught once, in `trainer.__main__`.

Exit codes (the same sense in every verb):
    0  done and proven
    1  a proof failed: training diverged, a model is not what it should be, the service is unhealthy
    2  bad arguments or bad files handed in
    3  the world failed: disk, device, port, a package this image does not have
"""

CLEAN = 0
FAILED = 1
BAD_INPUT = 2
WORLD = 3


class TrainerError(Exception):
    """A failure that a person can act on: `what` failed, `hint` is the next step."""

    exit_code = WORLD

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class ProofFailed(TrainerError):
    """The work was done and what came out is not good. Exit 1."""

    exit_code = FAILED


class NonFinite(ProofFailed):
    """The loss or the gradient stopped being a number: training diverged. Exit 1."""


class BadInput(TrainerError):
    """An argument, an environment variable or a file handed in is wrong. Exit 2."""

    exit_code = BAD_INPUT


class WorldFailed(TrainerError):
    """Something outside failed: disk, device, port, a missing package. Exit 3."""

    exit_code = WORLD


class Stopped(TrainerError):
    """A training stopped because it was asked to, with a checkpoint of that step."""

    exit_code = 128 + 15  # what a shell reports for a process ended by SIGTERM, which asks for it

    def __init__(self, step: int) -> None:
        super().__init__(
            f"stopped at step {step}", hint="its checkpoint is whole: --resume goes on"
        )


class Interrupted(BaseException):
    """A signal asked us to stop. Not an `Exception`, so that nothing on the way swallows it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"stopped by signal {signal_number}")
        self.exit_code = 128 + signal_number  # what a shell reports for a process ended by it
