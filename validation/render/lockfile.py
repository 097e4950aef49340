"""Reads what `imagewright lock` wrote: the state of an image's locks, told by their first lines.

Pure; imports model. The writer is `validation.lock`; both use the spelling here.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from validation.model import Image, Record

LOCK = "requirements.lock"
TORCH_LOCK = "torch.lock"
INSTALLER_LOCK = "installer.lock"
_MARKED = re.compile(r"platform_machine == '([^']+)'")
TORCH_PACKAGES = ("torch", "torchvision", "torchaudio")
_TITLE = "# Written by `imagewright lock`. Do not edit."


class LockState(Record, frozen=True, kw_only=True):
    """What a lock was made from.

    `index` is the identity of the package index ("pypi", or a hash of a private one's address:
    never the address); `exclude_newer` is the date past which releases were not considered;
    `wishes` is the hash of the requirements and the platform that were resolved; `unlocked` says
    why there are no pins, and is empty when there are.
    """

    index: str
    exclude_newer: str
    wishes: str
    unlocked: str = ""
    content: str = ""


def wishes_hash(requirements: Sequence[str], python: str, platform: str) -> str:
    """Return the hash of what is to be resolved: a lock made from other wishes is stale."""
    text = "\n".join([*sorted(requirements), f"python {python}", f"platform {platform}"])
    return hashlib.sha256(text.encode()).hexdigest()


def format_lock(state: LockState, body: str) -> str:
    """Return a lock's text: the header, and the pins of `body`, whose hash stands in the header."""
    lines = [
        _TITLE,
        f"# index: {state.index}",
        f"# exclude-newer: {state.exclude_newer}",
        f"# wishes: {state.wishes}",
        *([f"# unlocked: {state.unlocked}"] if state.unlocked else []),
        f"# content: {_content_hash(body)}",
    ]
    return "\n".join(lines) + "\n" + body


def _content_hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def read_state(text: str) -> LockState | None:
    """Return the state that a lock tells, or None where it is not ours or not whole."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != _TITLE:
        return None
    told: dict[str, str] = {}
    length = 1
    for line in lines[1:]:
        key, separator, value = line.removeprefix("# ").rstrip("\n").partition(": ")
        if not (line.startswith("# ") and separator):
            break
        told[key] = value
        length += 1
    if told.get("content") != _content_hash("".join(lines[length:])):
        return None
    try:
        return LockState(
            index=told["index"],
            exclude_newer=told["exclude-newer"],
            wishes=told["wishes"],
            unlocked=told.get("unlocked", ""),
            content=told["content"],
        )
    except KeyError:
        return None


def wishes_of(image: Image, name: str) -> tuple[str, ...]:
    """Return the requirements that one of an image's locks is made from.

    torch.lock knows only torch's own, so that it is the same file, and one shared layer, for all
    images with the same wheels. The installer is matrix.yaml's: an image does not name it.
    """
    if name == TORCH_LOCK:
        return tuple(word for word in image.requirements if _name_of(word) in TORCH_PACKAGES)
    return image.requirements if name == LOCK else ()


def _name_of(requirement: str) -> str:
    return requirement.partition("==")[0].partition("[")[0].strip()


def lock_names(image: Image) -> tuple[str, ...]:
    """Return the lock files that an image's folder has."""
    has_torch = bool(wishes_of(image, TORCH_LOCK))  # not where the base brings it
    return (LOCK, *((TORCH_LOCK,) if has_torch else ()), INSTALLER_LOCK)


def unlocked_because(image: Image, locks: Mapping[str, str], python_platform: str) -> str:
    """Return why an image counts as unlocked, or an empty string when it is locked."""
    for name in lock_names(image):
        if name not in locks:
            return f"{name} is not there"
        state = read_state(locks[name])
        if state is None:
            return f"{name} is not as `imagewright lock` wrote it"
        if state.unlocked:
            return state.unlocked
        wishes = wishes_of(image, name)
        if wishes and state.wishes != wishes_hash(wishes, image.python, python_platform):
            return f"{name} was made from other requirements"
    return ""


def pins(text: str, machine: str = "") -> Mapping[str, str]:
    """Return {normalised name: version} of every pinned requirement in a lock's text.

    With a `machine` ("x86_64"), without what a lock for several platforms pins for others only.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, rest = line.partition("==")
        if not separator or line.startswith((" ", "#")):
            continue
        machines = _MARKED.findall(rest)
        if not machine or not machines or machine in machines:
            found[name.strip().split("[")[0].lower().replace("_", "-")] = rest.split()[0]
    return found
