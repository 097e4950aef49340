"""What changed since the last report of an earlier day. Pure; imports the report's records."""

from collections.abc import Callable, Iterator

from validation.report.matrix.records import Difference, Differences, Report, Row


def _verdict(row: Row) -> str:
    return row.standing.headline if row.standing else ""


def _size(row: Row) -> str:
    return f"{row.size / 1e6:.0f} MB" if row.size is not None else ""


TOLD: dict[str, Callable[[Row], str]] = {
    "base": lambda row: row.base or "",
    "verdict": _verdict,
    "state": lambda row: row.state,
    "CUDA": lambda row: row.cuda or "",
    "cuDNN": lambda row: row.cudnn or "",
    "torch": lambda row: row.torch or "",
    "torchvision": lambda row: row.torchvision or "",
    "CuPy": lambda row: row.cupy or "",
    "ONNX Runtime": lambda row: row.onnxruntime or "",
    "Python": lambda row: row.python,
    "size": _size,
    "failed proofs": lambda row: "" if row.failed is None else str(row.failed),
}
"""What is compared of an image that is in both reports, by what it is called."""


def differences(before: Report | None, now: Report) -> Differences | None:
    """Return what changed, image by image; None where there is no earlier report."""
    if before is None:
        return None
    return Differences(since=before.today, items=tuple(_items(before, now)))


def _items(before: Report, now: Report) -> Iterator[Difference]:
    old = {row.id: row for row in before.images}
    new = {row.id: row for row in now.images}
    for name in sorted(new.keys() - old.keys()):
        yield Difference(image=name, what="added", old="", new=new[name].base or "")
    for name in sorted(old.keys() - new.keys()):
        yield Difference(image=name, what="removed", old=old[name].base or "", new="")
    for name in (row.id for row in now.images if row.id in old):
        for what, tell in TOLD.items():
            was, is_now = tell(old[name]), tell(new[name])
            if was != is_now:
                yield Difference(image=name, what=what, old=was, new=is_now)
