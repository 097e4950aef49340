"""Three planned images: one proven, one failed, one never built; and one that cannot be."""

from pathlib import Path

import msgspec
import pytest

from validation.model import Move, Neighbour, Plan, Reason, Skip
from validation.prove.receipt import Proof, Receipt, count, decode

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.fixture
def proven() -> Receipt:
    return decode((GOLDEN / "receipt.json").read_bytes())


@pytest.fixture
def broken(proven: Receipt) -> Receipt:
    """A receipt of another image, in which one check failed before the training."""
    image = msgspec.structs.replace(proven.image, id="train-cu126", cuda="12.6", variant="cu126")
    proofs = (
        Proof(name="user.is_not_root", outcome="failed", reason="the image's USER is root\nuid 0"),
        Proof(name="gpu.computes", outcome="skipped", reason="no GPU: none | nowhere"),
    )
    return msgspec.structs.replace(
        proven,
        image=image,
        proofs=proofs,
        counts=count(proofs),
        smoke=None,
        parity=None,
        model=None,
    )


@pytest.fixture
def plan(proven: Receipt, broken: Receipt) -> Plan:
    unbuilt = msgspec.structs.replace(
        proven.image, id="inference", workload="inference", torch=None, onnxruntime="1.32.0"
    )
    skip = Skip(
        family="train",
        axes={"cuda": "12.6", "torch": "2.5.0"},
        reasons=(
            Reason(
                constraint="torch wheel",
                message="torch 2.5.0 has no wheel for cu126",
                fact="torch",
                source="download.pytorch.org",
            ),
        ),
        nearest=(
            Neighbour(
                axes={"cuda": "12.6", "torch": "2.6.0"},
                moves=(Move(axis="torch", old="2.5.0", new="2.6.0"),),
            ),
        ),
    )
    return Plan(images=(proven.image, broken.image, unbuilt), skipped=(skip,))
