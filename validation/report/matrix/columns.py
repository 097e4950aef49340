"""The columns of the page's table: each holds one or two values that belong together.

Pure; imports the report's records and words.
"""

from collections.abc import Callable
from typing import Literal

from validation.model import Record
from validation.report.matrix.records import Row
from validation.report.matrix.words import (
    error,
    gpus,
    last_proven,
    loss,
    megabytes,
    seconds,
)

Order = Literal["text", "number"]


class Cell(Record, frozen=True, kw_only=True):
    """One value of an image: what is shown, and in `value` what it sorts by where that differs.

    `badge` is the badge's class, `kind` the class of other text; "" for none.
    """

    key: str
    label: str
    text: str
    value: str | None = None
    badge: str = ""
    kind: str = ""


class Column(Record, frozen=True, kw_only=True):
    """One value of every image: its key, its heading, how it sorts, and how it is told."""

    key: str
    label: str
    order: Order
    tell: Callable[[Row], Cell]


def _plain(key: str, label: str, get: Callable[[Row], str | None], kind: str = "") -> Column:
    def tell(row: Row) -> Cell:
        return Cell(key=key, label=label, text=get(row) or "", kind=kind)

    return Column(key=key, label=label, order="text", tell=tell)


def _number(
    key: str, label: str, get: Callable[[Row], float | None], show: Callable[[Row], str]
) -> Column:
    def tell(row: Row) -> Cell:
        value = get(row)
        sort = "" if value is None else repr(value)
        return Cell(key=key, label=label, text=show(row), value=sort)

    return Column(key=key, label=label, order="number", tell=tell)


def _verdict(row: Row) -> Cell:
    standing = row.standing
    text = standing.headline if standing else "no public base"
    badge = standing.urgency if standing else "unknown"
    return Cell(key="verdict", label="Verdict", text=text, badge=badge)


def _days_left(row: Row) -> str:
    standing = row.standing
    if standing is None or standing.days_left is None:
        return ""
    number = standing.days_left
    return f"{number:,} days left" if number >= 0 else f"{-number:,} days past"


def _state(row: Row) -> Cell:
    badges = {name: name for name in ("proven", "incomplete", "failed", "outdated")}
    badge = badges.get(row.state, "unknown")
    return Cell(key="state", label="State", text=row.state, badge=badge)


def _failed(row: Row) -> Cell:
    text = "" if row.failed is None else f"{row.failed} failed, {row.skipped} skipped"
    value = "" if row.failed is None else str(row.failed)
    kind = "bad" if row.failed else ""
    return Cell(key="failed", label="Failed", text=text, value=value, kind=kind)


def _digest(row: Row) -> str:
    digest = row.base_digest.removeprefix("sha256:")[:12]
    return f"{digest}, {row.base_how}" if digest else ""


def _size(row: Row) -> str:
    return megabytes(row.size)


COLUMNS: tuple[tuple[Column, ...], ...] = (
    (
        _plain("id", "Image", lambda row: row.id, "long"),
        _plain("family", "Family", lambda row: f"{row.family}, {row.workload}"),
    ),
    (
        Column(key="verdict", label="Verdict", order="text", tell=_verdict),
        _number(
            "days",
            "Days left",
            lambda row: row.standing.days_left if row.standing else None,
            _days_left,
        ),
    ),
    (
        Column(key="state", label="State", order="text", tell=_state),
        _plain("proven", "Last proven", last_proven, "long"),
    ),
    (
        _plain("base", "Base", lambda row: row.base or "root file system", "code"),
        _plain("digest", "Digest", _digest, "mono"),
    ),
    (
        _plain("cuda", "CUDA", lambda row: row.cuda),
        _plain("cudnn", "cuDNN", lambda row: row.cudnn),
    ),
    (
        _plain("torch", "torch", lambda row: row.torch),
        _plain("torchvision", "torchvision", lambda row: row.torchvision),
    ),
    (
        _plain("cupy", "CuPy", lambda row: row.cupy),
        _plain("onnxruntime", "ONNX Runtime", lambda row: row.onnxruntime),
    ),
    (
        _plain("python", "Python", lambda row: row.python),
        _plain("os", "OS", lambda row: row.os),
    ),
    (
        _plain("drivers", "Drivers", lambda row: row.drivers),
        _plain("gpus", "GPUs", gpus),
    ),
    (
        _number("size", "Size", lambda row: row.size, _size),
        _number(
            "build", "Build", lambda row: row.build_seconds, lambda row: seconds(row.build_seconds)
        ),
    ),
    (
        _number(
            "passed",
            "Passed",
            lambda row: row.passed,
            lambda row: "" if row.passed is None else f"{row.passed} passed",
        ),
        Column(key="failed", label="Failed", order="number", tell=_failed),
    ),
    (
        _number("loss", "Smoke loss", lambda row: row.smoke.loss_last if row.smoke else None, loss),
        _number(
            "onnx", "ONNX error", lambda row: row.onnx_error, lambda row: error(row.onnx_error)
        ),
    ),
)
"""Columns from left to right; two values in one stand above each other."""


def cells(row: Row) -> list[list[Cell]]:
    """Return an image's cells, column by column."""
    return [[column.tell(row) for column in pair] for pair in COLUMNS]
