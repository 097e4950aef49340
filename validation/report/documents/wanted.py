"""Tables about the matrix: its families and the days on which they are reviewed.

Pure; imports watch.schedule, model, the report's tables and given. Days follow from the facts'
date, so that the same checkout gives the same table in any year.
"""

import datetime

from validation.model import Image
from validation.report.documents.given import Figure, Given
from validation.report.table import format_markdown_table
from validation.watch.schedule import CALENDAR_QUARTERS, next_majors_review, next_review

_REVIEWS = 4
UNMEASURED = "unmeasured"


def _told(images: list[Image], attribute: str) -> str:
    """Return the different values of an axis among images, in the plan's order."""
    values = [getattr(image, attribute) for image in images]
    return ", ".join(dict.fromkeys(str(value) for value in values if value))


def _size(family: str, figures: tuple[Figure, ...]) -> str:
    found = [each for each in figures if each.topic == "size" and each.family == family]
    return "; ".join(f"{each.value} ({each.what})" for each in found) or UNMEASURED


def families(given: Given) -> str:
    """Return the families with what their images hold, and their sizes where one was measured."""
    rows = []
    bases = {family.name: family.base for family in given.matrix.families}
    for name, base in bases.items():
        images = [image for image in given.plan.images if image.family == name]
        rows.append(
            (
                name,
                base,
                str(len(images)),
                _told(images, "cuda"),
                _told(images, "torch"),
                _told(images, "python"),
                _told(images, "os"),
                _size(name, given.figures),
            )
        )
    header = ("family", "base", "images", "CUDA", "torch", "Python", "system", "unpacked size")
    return format_markdown_table(header, rows)


def reviews(given: Given) -> str:
    """Return the next reviews after the facts' date: bases, and once a year majors too."""
    schedule = given.matrix.review or CALENDAR_QUARTERS
    today = datetime.date.fromisoformat(given.facts.cuda_images.as_of)
    majors = next_majors_review(schedule, today)
    rows = []
    for _ in range(_REVIEWS):
        today = next_review(schedule, today)
        about = "every base image"
        if today == majors:
            about += ", and majors: CUDA, PyTorch, Python, distribution"
        rows.append((today.isoformat(), about, "imagewright scan --record"))
    return format_markdown_table(("day", "what is reviewed", "command"), rows)
