"""Reads an image's layers where a local engine keeps them, in seconds instead of minutes.

Imports prove.layers. `docker save` writes and reads all of an image, 80 seconds for 6 GB; an
overlay2 engine of this machine has each layer unpacked in a folder. Who may not read the folders,
or asks an engine elsewhere, reads the archive.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from validation.prove.layers import LARGEST_TEXT, Finder, Remains


def layer_folders(attributes: Mapping[str, Any], host: str) -> tuple[Path, ...]:
    """Return the folders of an image's layers, () where they are not to be had.

    `attributes` is `docker image inspect`, `host` the engine's address. All of them or none: a
    layer less would hide what it holds.
    """
    driver = attributes.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    if driver.get("Name") != "overlay2" or not host.startswith("unix://"):
        return ()
    lower = str(data.get("LowerDir") or "")
    names = [*lower.split(":"), str(data.get("UpperDir") or "")]
    folders = tuple(Path(name) for name in names if name)
    layers = (attributes.get("RootFS") or {}).get("Layers") or ()
    readable = all(os.access(folder, os.R_OK | os.X_OK) for folder in folders)
    return folders if readable and len(folders) == len(layers) else ()


def read_folders(folders: Sequence[Path]) -> Remains | None:
    """Return what the layers hold, hidden files included; None where a file may not be read.

    Links are not followed: they would lead out of the image, into this machine.
    """
    finder = Finder()
    try:
        for folder in folders:
            for entry in _regular(folder):
                name = os.path.relpath(entry.path, folder)
                size = entry.stat(follow_symlinks=False).st_size
                finder.look(name, size, partial(_read, entry.path))
            finder.end_layer()
    except OSError:
        return None
    return finder.remains()


def _regular(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield the regular files below a folder; overlay2's whiteouts are devices, and are none."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry


def _read(path: str) -> bytes:
    """Return a small file's bytes, and never those of what a link that took its place leads to."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(number, "rb") as file:
        return file.read(LARGEST_TEXT + 1)
