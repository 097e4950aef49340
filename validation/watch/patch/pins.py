"""The pins of packages that move along with a base: `torch==2.2.0` and the index beside it.

Pure; imports diff, nouns and model only. A pin changes where it is plainly written in a
file that installs on the base, and where all bases of that file agree on it.
"""

import re
from collections.abc import Iterator

from validation.model import Move
from validation.watch.nouns import Place
from validation.watch.patch.diff import Edit

PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "torchaudio": "torchaudio",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": r"onnxruntime(?:-gpu)?",
}
"""Axes and the packages that they pin. CuPy's package has CUDA's major in its name: a new name is
more than a new pin, and is left to a person."""


def pin_edits(file: str, text: str, move: Move, index: str | None) -> list[Edit]:
    """Return the edits of a package's pins in a file's text, [] where the move cannot be made.

    `index` is the package index that torch comes from after the move, None for the default one.
    """
    package = PACKAGES.get(move.axis)
    if package is None:
        return []
    old, new = move.old.partition("+"), move.new.partition("+")
    found = list(_pins(file, text, package, (old[0], new[0]), new[2]))
    if old[0] != new[0] and not found:
        return []
    if move.axis == "torch" and old[2] != new[2]:
        return _with_index(file, text, found, (old[2], new[2]), index)
    return found


def _with_index(
    file: str, text: str, pins: list[Edit], variants: tuple[str, str], index: str | None
) -> list[Edit]:
    """Return torch's pins and the index that it comes from, [] where that cannot be changed."""
    named = list(_indexes(file, text, *variants))
    if index is None:
        return [] if named else pins
    return [*pins, *named] if named and index.endswith(f"/{variants[1]}") else []


def _pins(
    file: str, text: str, package: str, releases: tuple[str, str], variant: str
) -> Iterator[Edit]:
    old, new = releases
    pattern = re.compile(
        rf"(?<![\w.-]){package}(?:\[[\w, .-]*\])?\s*==\s*(?P<pin>{re.escape(old)}(?P<local>\+\w+)?)"
        r"(?![\w.*+])",
        re.IGNORECASE,
    )
    for line, content in enumerate(text.split("\n"), start=1):
        for match in pattern.finditer(content):
            pinned = f"{new}+{variant}" if match["local"] and variant else new
            if pinned != match["pin"]:
                yield _edit(file, line, match.start("pin"), match["pin"], pinned)


def _indexes(file: str, text: str, old: str, new: str) -> Iterator[Edit]:
    pattern = re.compile(rf"(?<=/whl/){re.escape(old)}(?!\w)") if old else None
    for line, content in enumerate(text.split("\n") if pattern else (), start=1):
        for match in pattern.finditer(content) if pattern else ():
            yield _edit(file, line, match.start(), old, new)


def _edit(file: str, line: int, start: int, old: str, new: str) -> Edit:
    return Edit(place=Place(file=file, line=line), column=start + 1, old=old, new=new)
