"""Fresh inputs with the outputs they must give, and the comparison. Imports NumPy only.

`parity.npz` holds, for each batch size B in `batches`: correlation_B, level_B (inputs) and
position_B, log_variance_B (what torch computed). The side that wrote it has torch; the side that
reads it may be another image that has not.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.errors import BadInput
from trainer.files import write_atomically

Arrays = dict[str, NDArray[np.float32]]

BATCHES = (1, 2, 7, 64)  # one, the smallest that is not one, a prime, a training batch
INPUTS = ("correlation", "level")
OUTPUTS = ("position", "log_variance")

# Float32 sums of up to 2,400 products in another order differ by about sqrt(2400) · 2^-24 ≈ 3e-6
# of their size; positions and log variances are of size 1 to 12. Observed: 2e-6. A changed
# weight or operator shows as 1e-3 and more. 1e-4 of a half side is 20 cm.
ABSOLUTE = 1e-4
RELATIVE = 1e-5  # norm(output - reference) / norm(reference) over a whole output


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far one output of one batch is from its reference."""

    output: str
    batch: int
    absolute: float  # largest |output - reference|
    relative: float  # norm(output - reference) / norm(reference)

    @property
    def passed(self) -> bool:
        """True within both tolerances; NaN is outside of any."""
        return self.absolute <= ABSOLUTE and self.relative <= RELATIVE

    def as_dict(self) -> dict[str, Any]:
        """Return the figures; a NaN, which JSON lacks, becomes text."""
        measured = {"absolute": self.absolute, "relative": self.relative}
        finite = {k: v if np.isfinite(v) else str(v) for k, v in measured.items()}
        return {"output": self.output, "batch": self.batch, **finite, "passed": self.passed}


def difference(output: str, got: NDArray[Any], reference: NDArray[Any]) -> Difference:
    """Compare in float64; another shape or type is infinitely far."""
    if got.shape != reference.shape or got.dtype != reference.dtype:
        return Difference(
            output=output, batch=len(reference), absolute=float("inf"), relative=float("inf")
        )
    gap = got.astype(np.float64) - reference.astype(np.float64)
    scale = max(float(np.linalg.norm(reference.astype(np.float64))), 1e-30)
    return Difference(
        output=output,
        batch=len(reference),
        absolute=float(np.abs(gap).max()),
        relative=float(np.linalg.norm(gap)) / scale,
    )


def write_parity(path: Path, cases: list[Arrays]) -> None:
    """Write one case per batch: a dict of INPUTS and OUTPUTS with that batch's arrays."""
    held: dict[str, NDArray[Any]] = {
        "batches": np.array([len(case[INPUTS[0]]) for case in cases], dtype=np.int64)
    }
    for case in cases:
        held |= {f"{name}_{len(case[INPUTS[0]])}": array for name, array in case.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **held)  # type: ignore[arg-type]  # NumPy's stub mixes up keyword and flag
    write_atomically(path, buffer.getvalue())


def read_parity(path: Path) -> list[Arrays]:
    """Read the cases; raises `BadInput` unless there is at least one and all are whole."""
    names = (*INPUTS, *OUTPUTS)
    try:
        with np.load(path, allow_pickle=False) as held:
            cases = [{name: held[f"{name}_{batch}"] for name in names} for batch in held["batches"]]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} cannot be read as a parity file: {error}") from error
    arrays = [array for case in cases for array in case.values()]
    if not arrays or any(array.dtype != np.float32 or not array.size for array in arrays):
        raise BadInput(f"{path} holds no float32 cases to compare")
    if not all(np.isfinite(array).all() for array in arrays):
        raise BadInput(f"{path} holds values that are not finite")
    return cases
