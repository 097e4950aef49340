"""The verb `check`: does ONNX Runtime compute what torch computed? Imports no torch.

Proofs: the file is sound (onnx.checker, full), is a locator for this front end, is opset as noted
in it, and gives torch's outputs on every batch of parity.npz within parity's tolerances.
"""

from pathlib import Path
from typing import Any

from trainer import parity
from trainer.errors import ProofFailed
from trainer.parity import Arrays
from trainer.proofs import Proof, verdict
from trainer.runtime import LocatorSession, versions


def check(model: Path, parity_file: Path) -> dict[str, Any]:
    """Return the report: `passed`, `proofs`, measured errors and versions.

    Raises `BadInput` where a file is missing or parity.npz is unreadable.
    """
    cases = parity.read_parity(parity_file)
    try:
        session = LocatorSession(model)
    except ProofFailed as error:
        return verdict([Proof(name="model loads", passed=False, detail=error.what)]) | {
            "versions": versions()
        }
    proofs = [Proof(name="model loads", passed=True, detail="onnx.checker and ONNX Runtime")]
    proofs.append(_opset_proof(session))
    agrees, figures = parity_proof(session, cases)
    return (
        verdict([*proofs, agrees])
        | figures
        | {
            "batches": [len(case["level"]) for case in cases],
            "tolerance": {"absolute": parity.ABSOLUTE, "relative": parity.RELATIVE},
            "opset": _opset(session),
            "ir_version": session.proto.ir_version,
            "metadata": session.notes,
            "versions": versions(),
        }
    )


def _opset(session: LocatorSession) -> int:
    return max(
        (entry.version for entry in session.proto.opset_import if entry.domain in {"", "ai.onnx"}),
        default=0,
    )


def _opset_proof(session: LocatorSession) -> Proof:
    noted, found = session.notes.get("imagewright.opset"), str(_opset(session))
    return Proof(
        name="opset as asked", passed=noted == found, detail=f"asked {noted}, file has {found}"
    )


def parity_proof(session: LocatorSession, cases: list[Arrays]) -> tuple[Proof, dict[str, Any]]:
    """Return the proof that the session gives the cases' outputs, and the measured figures."""
    name = "same outputs as torch"
    found = []
    for case in cases:
        try:
            outputs = session.run(case)
        except ProofFailed as error:
            detail = f"batch of {len(case['level'])}: {error.what}"
            return Proof(name=name, passed=False, detail=detail), {}
        found += [parity.difference(key, outputs[key], case[key]) for key in parity.OUTPUTS]
    worst = max(found, key=lambda each: (not each.passed, each.absolute))
    detail = (
        f"worst: {worst.output}, batch of {worst.batch}: absolute {worst.absolute:.2e} "
        f"(≤ {parity.ABSOLUTE:.0e}), relative {worst.relative:.2e} (≤ {parity.RELATIVE:.0e})"
    )
    figures = {"differences": [each.as_dict() for each in found]}
    return Proof(name=name, passed=all(each.passed for each in found), detail=detail), figures
