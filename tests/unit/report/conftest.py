"""Three planned images: one proven, one failed, one never built; and one that cannot be."""

from pathlib import Path

import msgspec
import pytest

from tests import report_inputs
from validation.prove.receipt import Proof, Receipt, count, decode
from validation.report.matrix.content import make_report

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


@pytest.fixture(scope="session")
def given():
    """What is known of the example fleet without any receipt."""
    return report_inputs.given_of(report_inputs.EXAMPLE)


@pytest.fixture(scope="session")
def example():
    """The example fleet's report, from the receipts that are committed with it."""
    return make_report(report_inputs.committed())
