"""Checkpoints written in the background: the disk is slow, and a GPU must not wait for it.

Imports torch and checkpoint. The state is copied at once, so that what is written is the state at
the step it names; serialising and the disk's fsync happen in a thread.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from trainer.checkpoint import Checkpoint, write_checkpoint


class Saver:
    """Writes one file's checkpoints in order, one at a time; None as path writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None

    def save(self, checkpoint: Checkpoint) -> None:
        """Write it soon; waits for the one before, and raises what that one met (`WorldFailed`)."""
        self.wait()
        if self._path is not None:
            self._writing = self._pool.submit(write_checkpoint, self._path, checkpoint)

    def wait(self) -> None:
        """Return when the file is on the disk; raises `WorldFailed` where that failed."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def __enter__(self) -> "Saver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Finish the file that is being written; an error on the way out goes before its own."""
        try:
            if kind is None:
                self.wait()
        finally:
            self._pool.shutdown(wait=True)


def copied(state: Any) -> Any:  # noqa: ANN401  (nested dicts and lists, as torch's state_dict gives)
    """Return a copy of a state on the CPU: training goes on and changes the original."""
    if isinstance(state, torch.Tensor):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {key: copied(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return type(state)(copied(value) for value in state)
    return state
