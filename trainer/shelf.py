"""The model that answers, and how a new one takes its place. Imports runtime, check; no torch.

The file is looked at every second. When it is another one and has stayed the same for two looks,
it is read and held against what can be known of it: the ONNX standard, this front end, finite
answers, and the outputs in parity.npz beside it where there is one. Only then does it take over,
between two requests; one that fails is refused, told at /health, and the old one goes on.
"""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer import draws, parity
from trainer.check import parity_proof
from trainer.errors import ProofFailed, TrainerError
from trainer.features import features
from trainer.runtime import LocatorSession
from trainer.synthesis import synthesise

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between looks
_CAPTURES = 8  # synthesised for the question whether answers are finite

Signature = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that was examined and found good."""

    session: LocatorSession
    parity: str | None  # what the comparison measured, None where there was nothing to compare with
    since: float  # seconds since 1970, UTC

    def as_dict(self) -> dict[str, Any]:
        """Return what /health tells of it."""
        return {
            "path": str(self.session.path),
            "sha256": self.session.digest,
            "parity": self.parity,
            "since": round(self.since, 3),
            "metadata": self.session.notes,
        }


class Shelf:
    """The model at one path."""

    def __init__(self, path: Path) -> None:
        """Examine what is there now; nothing there is no problem."""
        self.path = path
        self.model: Model | None = None
        self.refused: str | None = None  # why what lies there now is not the model in use
        self._judged = self._seen = self._signature()
        if self._judged[0] is not None:
            self._judge()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join(timeout=2)

    def look(self) -> None:
        """Examine what is new and has stayed since the look before."""
        found, before = self._signature(), self._seen
        self._seen = found
        if found == self._judged or found != before:
            return
        self._judged = found
        if found[0] is None:
            self.refused = f"{self.path} is gone" if self.model else None
        else:
            self._judge()

    def _judge(self) -> None:
        try:
            self.model, self.refused = examine(self.path), None
            log.info("model %s: in use", self.model.session.digest[:12])
        except TrainerError as error:
            self.refused = error.what
            log.warning("model refused: %s", error.what)

    def _work(self) -> None:
        while not self._stopping.wait(_EVERY):
            self.look()

    def _signature(self) -> Signature:
        return tuple(_stamp(path) for path in (self.path, parity_beside(self.path)))


def examine(path: Path) -> Model:
    """Return the model at `path`; raises `TrainerError` unless all that can be held, holds."""
    session = LocatorSession(path)
    iq, _ = synthesise(np, session.scene, seed=0, stream=draws.PARITY, first=0, count=_CAPTURES)
    for captures in (iq, np.zeros_like(iq)):
        correlation, level = features(np, session.scene, captures)
        found = session.run({"correlation": correlation, "level": level})
        if not all(np.isfinite(values).all() for values in found.values()):
            raise ProofFailed(f"{path}: its answers are not finite numbers")
    return Model(session=session, parity=_compared(session), since=time.time())


def parity_beside(model: Path) -> Path:
    """Return where the known answers of a model are."""
    return model.with_name("parity.npz")


def _compared(session: LocatorSession) -> str | None:
    beside = parity_beside(session.path)
    if not beside.exists():
        return None
    proof, _ = parity_proof(session, parity.read_parity(beside))
    if not proof.passed:
        raise ProofFailed(f"{session.path} does not give the answers in {beside}: {proof.detail}")
    return proof.detail


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
