"""What differs between two images by their own records, and what follows of it.

Pure; imports compare.record and packaging. Measured differences are `judging`'s and `statistics`'.
"""

from collections.abc import Callable

from msgspec.structs import replace
from packaging.version import InvalidVersion, Version

from validation.prove.compare.record import Change, Exported, Side

_FIELDS: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("base", lambda side: side.base.reference or side.image.base or "its own root file system"),
    ("base digest", lambda side: side.base.digest),
    ("OS", lambda side: side.image.os),
    ("flavor", lambda side: side.image.flavor or ""),
    ("Python", lambda side: side.python or side.image.python),
    ("CUDA", lambda side: side.image.cuda or "none"),
    ("drivers", lambda side: side.image.fleet.drivers if side.image.cuda else ""),
    ("GPUs", lambda side: " ".join(side.image.fleet.gpus) if side.image.cuda else ""),
    ("torch", lambda side: side.packages.get("torch", side.image.torch or "")),
    ("NumPy", lambda side: side.packages.get("numpy", side.image.numpy or "")),
    ("trainer", lambda side: side.built.revision),
)
"""What an image is, beside its packages. Each is told where the two differ."""

_EXPORT: tuple[tuple[str, Callable[[Exported], str]], ...] = (
    ("exporter", lambda exported: exported.exporter),
    ("opset", lambda exported: str(exported.opset)),
    ("IR version", lambda exported: str(exported.ir_version)),
)


def find_changes(old: Side, new: Side) -> tuple[Change, ...]:
    """Return what differs: of the images, of what they export, of their packages by name.

    Where one side did not tell what is in it, both are taken as they were planned.
    """
    if not (old.packages and new.packages):
        old, new = (replace(side, packages={}, python="") for side in (old, new))
    found = []
    for name, value in _FIELDS:
        before, after = value(old), value(new)
        if before != after:
            found.append(Change(topic="image", name=name, old=before, new=after))
    if old.exported is not None and new.exported is not None:
        for name, told in _EXPORT:
            before, after = told(old.exported), told(new.exported)
            if before != after:
                found.append(Change(topic="export", name=name, old=before, new=after))
    for name in sorted(old.packages.keys() | new.packages.keys()):
        before, after = old.packages.get(name, ""), new.packages.get(name, "")
        if before != after and name not in {"torch", "numpy"}:
            found.append(Change(topic="package", name=name, old=before, new=after))
    return tuple(_explained(change) for change in found)


def _explained(change: Change) -> Change:
    rule = _RULES.get(change.name) if change.topic != "package" else None
    matters = rule(change) if rule else ""
    return Change(
        topic=change.topic, name=change.name, old=change.old, new=change.new, matters=matters
    )


def _release(text: str) -> tuple[int, ...]:
    """Return a version's numbers, () for what is no version."""
    try:
        return Version(text).release
    except InvalidVersion:
        return ()


def _crosses(change: Change, release: tuple[int, ...]) -> bool:
    """Return True when a release lies between the two versions."""
    old, new = _release(change.old), _release(change.new)
    return bool(old and new) and (old < release) != (new < release)


def _torch(change: Change) -> str:
    if not _crosses(change, (2, 6)):
        return ""
    return (
        "torch.load reads weights only by default from 2.6 on: code that loads other objects has "
        "to say weights_only=False, and code that trusts the default is unsafe before"
    )


def _numpy(change: Change) -> str:
    if _release(change.old)[:1] == _release(change.new)[:1]:
        return ""
    return (
        "another major: extensions built for the one do not load with the other, and types of "
        "mixed expressions changed (NEP 50)"
    )


def _cuda(change: Change) -> str:
    if "none" in {change.old, change.new}:
        return "one of them computes on the CPU only"
    if _release(change.old)[:1] != _release(change.new)[:1]:
        return "another major: needs a driver of its own, and extensions built anew"
    return ""


def _python(change: Change) -> str:
    if _release(change.old)[:2] == _release(change.new)[:2]:
        return ""
    return "another minor: compiled extensions and pickles of functions are made anew"


def _exporter(_: Change) -> str:
    return "another graph from the same weights: names and number of nodes differ, outputs not"


def _opset(change: Change) -> str:
    return f"whatever reads NEW's models has to know opset {change.new}"


def _ir(change: Change) -> str:
    return f"whatever reads NEW's models has to know ONNX's IR version {change.new}"


def _trainer(_: Change) -> str:
    return "built from other revisions: some of what differs may be the trainer's own"


_RULES: dict[str, Callable[[Change], str]] = {
    "torch": _torch,
    "NumPy": _numpy,
    "CUDA": _cuda,
    "Python": _python,
    "exporter": _exporter,
    "opset": _opset,
    "IR version": _ir,
    "trainer": _trainer,
}
