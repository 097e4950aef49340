"""A receipt as a real run writes it; tests change what they are about."""

from pathlib import Path

import pytest

from validation.model import Image, Project
from validation.prove.receipt import Receipt, decode

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "receipt.json"


@pytest.fixture
def receipt() -> Receipt:
    return decode(GOLDEN.read_bytes())


@pytest.fixture
def image(receipt: Receipt) -> Image:
    return receipt.image


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path / "checkout", cache=tmp_path / "cache")
