"""The image's size."""

from validation.model import Image
from validation.prove.layer_groups import sizes_by_group
from validation.prove.suite.given import Described, Figures, Tell


def test_within_budget(
    described: Described, image: Image, measured: Tell, figures: Figures
) -> None:
    """The unpacked image is within its family's budget: every host pulls and keeps all of it."""
    size = described.size / 1e6
    groups = {name: bytes_ / 1e6 for name, bytes_ in sizes_by_group(described.layers).items()}
    shown = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in groups.items())
    measured(f"{size:.0f} MB of {image.budget_mb} MB: {shown}")
    figures(**{f"{name}_mb": round(megabytes, 3) for name, megabytes in groups.items()})
    assert size <= image.budget_mb, f"{size:.0f} MB, the budget is {image.budget_mb} MB"
