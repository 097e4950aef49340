"""The image's size."""

from validation.model import Image
from validation.prove.suite.given import Described, Tell


def test_within_budget(described: Described, image: Image, measured: Tell) -> None:
    """The unpacked image is within its family's budget: every host pulls and keeps all of it."""
    size = described.size / 1e6
    measured(f"{size:.0f} MB of {image.budget_mb} MB")
    assert size <= image.budget_mb, f"{size:.0f} MB, the budget is {image.budget_mb} MB"
