"""Reads what `imagewright lock` wrote: the state of an image's lock, told by its own first lines.

Pure; imports errors and model. The writer is `validation.lock`; both use the spelling here.
"""

import hashlib
from collections.abc import Mapping, Sequence

from validation.model import Record

LOCK = "requirements.lock"
TORCH_LOCK = "torch.lock"
INSTALLER_LOCK = "installer.lock"
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


def wishes_hash(requirements: Sequence[str], python: str, platform: str) -> str:
    """Return the hash of what is to be resolved: a lock made from other wishes is stale."""
    text = "\n".join([*sorted(requirements), f"python {python}", f"platform {platform}"])
    return hashlib.sha256(text.encode()).hexdigest()


def format_header(state: LockState) -> str:
    """Return the first lines of a lock."""
    lines = [
        _TITLE,
        f"# index: {state.index}",
        f"# exclude-newer: {state.exclude_newer}",
        f"# wishes: {state.wishes}",
    ]
    if state.unlocked:
        lines.append(f"# unlocked: {state.unlocked}")
    return "\n".join(lines) + "\n"


def read_state(text: str) -> LockState | None:
    """Return the state that a lock's first lines tell, or None where they are not ours."""
    lines = text.splitlines()
    if not lines or lines[0] != _TITLE:
        return None
    told: dict[str, str] = {}
    for line in lines[1:]:
        if not line.startswith("# "):
            break
        key, separator, value = line[2:].partition(": ")
        if separator:
            told[key] = value
    try:
        return LockState(
            index=told["index"],
            exclude_newer=told["exclude-newer"],
            wishes=told["wishes"],
            unlocked=told.get("unlocked", ""),
        )
    except KeyError:
        return None


def pins(text: str) -> Mapping[str, str]:
    """Return {normalised name: version} of every pinned requirement in a lock's text."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, rest = line.partition("==")
        if separator and not line.startswith((" ", "#")):
            found[name.strip().split("[")[0].lower().replace("_", "-")] = rest.split()[0]
    return found
