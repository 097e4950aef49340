"""An image's folder: what it must hold, and how what it holds differs from that.

Pure; imports render's own modules, model and errors. Files arrive and leave as text.
"""

import difflib
import hashlib
from collections.abc import Mapping

import msgspec

from validation.model import Image, Record
from validation.render.dockerfile import render_dockerfile
from validation.render.lockfile import LOCK, LockState, read_state, unlocked_because

RENDERED = ("Dockerfile", "image.json")


class ImageFile(Record, frozen=True, kw_only=True):
    """image.json: the record, whether and from what it is locked, and the hash of its inputs.

    `inputs` covers the Dockerfile and the locks; the base's digest and the trainer's source are
    added by the build, which knows them.
    """

    image: Image
    locked: bool
    unlocked_because: str
    lock: LockState | None
    inputs: str


def render_folder(
    image: Image, templates: Mapping[str, str], locks: Mapping[str, str], python_platform: str
) -> dict[str, str]:
    """Return the rendered files of an image's folder: {file name: text}.

    `locks` are the lock files that are there; nothing is resolved here.
    """
    dockerfile = render_dockerfile(image, templates)
    because = unlocked_because(image, locks, python_platform)
    digest = hashlib.sha256()
    for name, text in sorted({"Dockerfile": dockerfile, **locks}.items()):
        digest.update(f"{name} {len(text.encode())}\n".encode())
        digest.update(text.encode())
    record = ImageFile(
        image=image,
        locked=not because,
        unlocked_because=because,
        lock=read_state(locks[LOCK]) if LOCK in locks else None,
        inputs=digest.hexdigest(),
    )
    encoded = msgspec.json.format(msgspec.json.encode(record), indent=2).decode()
    return {"Dockerfile": dockerfile, "image.json": encoded + "\n"}


def find_drift(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    """Return a diff of what is there against what would be rendered; empty when they agree.

    Both map paths under images/ to text.
    """
    lines: list[str] = []
    for path, text in sorted(wanted.items()):
        there = found.get(path)
        if there != text:
            lines += difflib.unified_diff(
                (there or "").splitlines(),
                text.splitlines(),
                f"images/{path} (committed)" if there is not None else "/dev/null",
                f"images/{path} (rendered)",
                lineterm="",
            )
    return tuple(lines)
