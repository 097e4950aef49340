"""The report as one page: no network, no inline handler, a policy that allows its own two hashes.

Pure; imports jinja2, the report's records, words, columns and pictures. The page's text, style and
script are files of `page/`; whatever receipts or the matrix bring along is escaped by the template.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from validation.report.matrix.columns import COLUMNS, cells
from validation.report.matrix.pictures.calendar import calendar_svg
from validation.report.matrix.pictures.sizes import MOST, sized, sizes_svg
from validation.report.matrix.pictures.svg import style as picture_style
from validation.report.matrix.pictures.times import sparkline
from validation.report.matrix.records import Report, Row, Step
from validation.report.matrix.words import (
    answer,
    count,
    deadline,
    long_day,
    megabytes,
    seconds,
    since,
    situation,
)

PAGE = Path(__file__).parent / "page"


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")


@lru_cache(maxsize=8)
def page_file(name: str) -> str:
    """Return a file of the page: its style, its script, or what pictures look like."""
    return (PAGE / name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """Return the page's content security policy: these two texts, and nothing from anywhere."""
    return "; ".join((
        "default-src 'none'",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    ))  # fmt: skip


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def format_html(report: Report) -> str:
    """Return the page; the same report gives the same bytes."""
    style, script = picture_style() + page_file("page.css"), page_file("page.js")
    pressing = [step for step in report.steps if step.standing.urgency != "accepted"]
    accepted = [step for step in report.steps if step.standing.urgency == "accepted"]
    rows = [_row(row) for row in report.images]
    return _template().render(
        policy=policy(style, script),
        style=Markup(style),  # noqa: S704  (our own file)
        script=Markup(script),  # noqa: S704  (our own file)
        report=report,
        today=long_day(report.today),
        answer=answer(report),
        headline=_headline(report),
        mood=_mood(report),
        situation=situation(report),
        parts=_parts(report),
        pressing=[_step(step, report) for step in pressing],
        accepted=[_step(step, report) for step in accepted],
        columns=[[(one.key, one.label, one.order) for one in pair] for pair in COLUMNS],
        filters=_filters(rows),
        rows=rows,
        unproven=[row for row in report.images if row.why],
        failures=[(row.id, text) for row in report.images for text in row.failures],
        changes=_changes(report),
        lanes=report.calendar.lanes,
        calendar=Markup(calendar_svg(report)),  # noqa: S704  (escaped as it is drawn)
        sizes=Markup(sizes_svg(report)),  # noqa: S704  (escaped as it is drawn)
        sizes_text=_sizes_text(report),
        shared=_shared(report),
        times=_times(report.images),
        findings=dict.fromkeys(f"{each.level}: {each.message}" for each in report.findings),
    )


def _mood(report: Report) -> str:
    return "" if report.tally.move else ("decide" if report.tally.decide else "calm")


def _headline(report: Report) -> Markup:
    """Return the answer with what is read first set apart: how many of how many."""
    text, tally = answer(report), report.tally
    for part in (
        f"{tally.move:,} of {count(tally.images, 'image')}",
        f"{tally.decide:,} of {count(tally.images, 'image')}",
        "No image",
    ):
        before, found, after = text.partition(part)
        if found:
            return Markup("{}<b>{}</b>{}").format(before, part, after)
    return Markup("{}").format(text)


def _parts(report: Report) -> list[tuple[str, str]]:
    there = (
        ("images", "Images", True),
        ("changes", "Changes", report.differences is not None),
        ("calendar", "Lifecycle", bool(report.calendar.lanes)),
        ("sizes", "Sizes", bool(sized(report))),
        ("times", "Times", any(row.history for row in report.images)),
        ("impossible", "Cannot be", bool(report.skipped)),
        ("notes", "Notes", bool(report.findings or report.left_out)),
    )
    return [(name, title) for name, title, shown in there if shown]


def _step(step: Step, report: Report) -> dict[str, Any]:
    """Return a step as its card shows it: images that move to the same base are told together."""
    standing = step.standing
    groups: dict[tuple[str, str], list[str]] = {}
    for way in step.ways:
        to = way.way_out.reference if way.way_out else ""
        groups.setdefault((to, way.instead), []).extend(way.images)
    return {
        "urgency": standing.urgency,
        "when": deadline(standing, report.today),
        "base": step.base,
        "ways": [
            {"to": to, "instead": instead, "images": images}
            for (to, instead), images in groups.items()
        ],
        "accepted": standing.accepted_because,
        "accepted_until": standing.accepted_until,
        "reasons": standing.reasons,
        "conflicts": standing.conflicts,
        "advice": [
            f"{', '.join(way.images)}: {way.way_out.advice}" for way in step.ways if way.way_out
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    verdict = row.standing.headline if row.standing else "no public base"
    return {
        "cells": cells(row),
        "filters": {"verdict": verdict, "state": row.state, "family": row.family},
    }


def _filters(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    titles = {"verdict": "Verdict", "state": "State", "family": "Family"}
    return [
        {"key": key, "title": title, "values": sorted({row["filters"][key] for row in rows})}
        for key, title in titles.items()
    ]


def _changes(report: Report) -> dict[str, Any] | None:
    found = report.differences
    return None if found is None else {"since": since(found), "items": found.items}


def _sizes_text(report: Report) -> str:
    rows = sized(report)
    total = sum(row.size or 0 for row in rows)
    parts = [f"{count(len(rows), 'image')} measured, unpacked {total / 1e9:.1f} GB one by one."]
    if report.disk is not None:
        parts.append(f"On one disk {report.disk / 1e9:.1f} GB: shared layers lie there once.")
    if len(rows) > MOST:
        parts.append(f"The {MOST} largest are shown; the table has them all.")
    parts.append("The mark behind a bar is the image's budget.")
    return " ".join(parts)


def _shared(report: Report) -> list[dict[str, str]]:
    return [
        {
            "digest": one.digest.removeprefix("sha256:")[:12],
            "group": one.group,
            "size": megabytes(one.size),
            "images": f"{len(one.images)}: {', '.join(one.images)}",
        }
        for one in report.shared[:MOST]
    ]


def _times(rows: Sequence[Row]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        if row.history:
            builds = [past.build_seconds for past in row.history]
            smokes = [past.smoke_seconds for past in row.history]
            found.append(
                {
                    "id": row.id,
                    "proofs": len(row.history),
                    "build": seconds(builds[-1]),
                    "builds": Markup(sparkline(builds, "spark", "builds")),  # noqa: S704  (numbers)
                    "smoke": seconds(smokes[-1]),
                    "smokes": Markup(sparkline(smokes, "spark", "trainings")),  # noqa: S704  (numbers)
                }
            )
    return found
