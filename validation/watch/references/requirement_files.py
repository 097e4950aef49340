"""pip's requirements files → what they ask for, the indexes they name, the files they include.

Pure; imports nothing of this room. Source: pip's reference, "Requirements File Format".
"""

import functools
import re
import shlex
from collections.abc import Iterator

import msgspec
from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

MAX_LINES = 5_000
"""Most lines that are read of one file; a lock with hashes of 300 packages has fewer."""

_COMMENT = re.compile(r"(?:^|\s)#.*")
_OPTION = re.compile(r"(--?[a-z-]+)(?:\s*=\s*|\s+|(?<=^-r)|(?<=^-i))(.+)")
_INDEXES = frozenset({"-i", "--index-url", "--extra-index-url"})
_INCLUDES = frozenset({"-r", "--requirement"})
_LINUX = {
    "os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
    "platform_machine": "x86_64",
}  # fmt: skip
"""What markers are read for; one that asks for anything else may hold."""


class Requirements(msgspec.Struct, frozen=True):
    """Requirements without options and markers, index addresses, and included files."""

    wanted: tuple[str, ...]
    indexes: tuple[str, ...]
    included: tuple[str, ...]


@functools.lru_cache(maxsize=256)
def read_requirements(text: str) -> Requirements:
    """Return what a file says, line by line; what is no requirement is left to who reads it."""
    wanted: list[str] = []
    indexes: list[str] = []
    included: list[str] = []
    for line in _lines(text):
        option = _OPTION.match(line)
        if option is None:
            requirement, _, marker = line.partition(";")
            if not line.startswith("-") and _holds(marker.partition(" --")[0]):
                wanted.append(requirement.partition(" --")[0].strip())
        elif option[1] in _INDEXES:
            indexes += _words(option[2])[:1]
        elif option[1] in _INCLUDES:
            included += _words(option[2])[:1]
    return Requirements(tuple(wanted), tuple(indexes), tuple(included))


def _lines(text: str) -> Iterator[str]:
    """Yield lines with continued ones joined, without comments and empty ones."""
    joined = ""
    for line in text.split("\n")[:MAX_LINES]:
        bare = line.rstrip("\r")
        if bare.endswith("\\") and not bare.lstrip().startswith("#"):
            joined += bare[:-1] + " "
            continue
        whole, joined = _COMMENT.sub("", joined + bare).strip(), ""
        if whole:
            yield whole


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return []


def _holds(text: str) -> bool:
    """Return whether a marker may hold on Linux; Python's version is not known here."""
    if not text.strip():
        return True
    if "python" in text or "implementation" in text:
        return True
    try:
        return Marker(text).evaluate(dict(_LINUX))
    except (InvalidMarker, UndefinedEnvironmentName):
        return True
