"""The calendar: what its lanes are, and where it draws them."""

import datetime
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest

from validation.report.matrix.pictures.calendar import (
    LABELS,
    PLOT,
    Scale,
    calendar_file,
    calendar_svg,
)

Date = datetime.date


def lane(report, name):
    return next(each for each in report.calendar.lanes if each.name == name)


def test_lanes_tell_release_end_and_deletion(example):
    base = lane(example, "nvidia/cuda:12.9.2-runtime-ubuntu24.04")
    assert (base.end, base.deletion) == (Date(2026, 6, 3), Date(2026, 12, 3))
    assert base.released is not None
    assert base.released < base.end
    assert (base.images, base.urgency) == (2, "move")


def test_a_distribution_ends_twice_where_it_has_long_term_support(example):
    found = lane(example, "debian12")
    assert (found.released, found.end, found.lts) == (
        Date(2023, 6, 10),
        Date(2026, 6, 10),
        Date(2028, 6, 30),
    )
    assert found.urgency == "stay"
    assert lane(example, "ubuntu20.04").urgency == "move"


@pytest.mark.parametrize(
    ("name", "note", "end"),
    [
        ("torch+cu121", "torch 2.1.0 to 2.5.1; torch 2.6.0 has none", Date(2025, 1, 29)),
        ("torch+cu129", "torch 2.8.0 to 2.13.0; torch 2.14.0 has none", Date(2026, 9, 2)),
        ("torch+cu130", "torch 2.9.0 to 2.14.1; none after it is known", None),
    ],
)
def test_pytorch_drops_a_cuda_with_the_first_release_without_it(example, name, note, end):
    assert (lane(example, name).note, lane(example, name).end) == (note, end)


def test_reviews_run_for_a_year_and_one_weighs_majors(example):
    assert [str(day) for day in example.calendar.reviews] == [
        "2027-01-01",
        "2027-04-01",
        "2027-07-01",
        "2027-10-01",
    ]
    assert example.calendar.majors == (Date(2027, 1, 1),)


def test_days_are_drawn_in_proportion_and_kept_inside():
    scale = Scale(first=Date(2025, 1, 1), last=Date(2025, 12, 31))
    assert scale.x(Date(2025, 1, 1)) == scale.x(Date(2020, 1, 1)) == LABELS
    assert scale.x(Date(2025, 12, 31)) == scale.x(Date(2040, 1, 1)) == LABELS + PLOT
    assert scale.x(Date(2025, 7, 2)) == pytest.approx(LABELS + PLOT / 2, abs=2)


def test_the_picture_is_well_formed_and_names_every_lane(example):
    root = ET.fromstring(calendar_svg(example))  # noqa: S314  (our own text)
    titles = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]
    for each in example.calendar.lanes:
        assert any(title.startswith(f"{each.name}:") for title in titles)
    assert root.get("role") == "img"
    assert root.get("aria-label")


def test_the_file_stands_alone_in_light_and_dark(example):
    text = calendar_file(example)
    assert "light-dark(" in text
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    ET.fromstring(text)  # noqa: S314  (our own text)


def test_what_ended_before_the_plot_is_told_at_its_edge(example):
    assert "◂ 2024-" in calendar_svg(example)


def test_hostile_names_make_no_markup(example):
    bad = msgspec.structs.replace(example.calendar.lanes[0], name='"><script>x</script>')
    calendar = msgspec.structs.replace(example.calendar, lanes=(bad,))
    text = calendar_svg(msgspec.structs.replace(example, calendar=calendar))
    assert "<script" not in text
    ET.fromstring(text)  # noqa: S314  (our own text)
