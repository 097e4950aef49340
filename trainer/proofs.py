"""A proof and its verdict: what was held against what, and whether it held.

Standard library only.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One statement that was tried; `detail` says what was measured and what was required."""

    name: str
    passed: bool
    detail: str


def verdict(proofs: list[Proof]) -> dict[str, Any]:
    """Return the head of a report; no proofs at all is not a pass."""
    return {
        "passed": bool(proofs) and all(proof.passed for proof in proofs),
        "proofs": [asdict(proof) for proof in proofs],
    }
