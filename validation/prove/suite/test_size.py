"""The image's size."""

from validation.model import Image
from validation.prove.suite.given import Described, Note


def test_within_budget(described: Described, image: Image, note: Note) -> None:
    """The unpacked image is within its family's budget: every host pulls and keeps all of it."""
    size = described.size / 1e6
    note(f"{size:.0f} MB of {image.budget_mb} MB")
    assert size <= image.budget_mb, f"{size:.0f} MB, the budget is {image.budget_mb} MB"
