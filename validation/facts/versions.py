"""Versions in PEP 440 order, parsed once: 12.10 is above 12.9, and 2.5 equals 2.5.0.

Imports nothing of ours.
"""

from collections.abc import Iterable
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version


@lru_cache(maxsize=4096)
def version(text: str) -> Version:
    """Return `text` as a version; raises `packaging.version.InvalidVersion`."""
    return Version(text)


@lru_cache(maxsize=4096)
def is_version(text: str) -> bool:
    """Return True when `text` is a version at all."""
    try:
        version(text)
    except InvalidVersion:
        return False
    return True


@lru_cache(maxsize=1024)
def _specifiers(text: str) -> SpecifierSet:
    return SpecifierSet(text, prereleases=True)


@lru_cache(maxsize=16384)
def within(text: str, bound: str) -> bool:
    """Return True when the version `text` satisfies the specifier `bound` ("" is any)."""
    return version(text) in _specifiers(bound)


def python_key(python: str) -> tuple[Version, bool]:
    """Return what Pythons sort by; "3.13t" (free-threaded) stands right after "3.13"."""
    return version(python.rstrip("t")), python.endswith("t")


@lru_cache(maxsize=4096)
def minor_of(text: str) -> str:
    """Return "12.6" for "12.6.3" and "12.6"."""
    return ".".join(text.split(".")[:2])


def spelled(text: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that is the same version as `text`, or None.

    A `dict` of many versions is asked directly first, which is the usual case.
    """
    if isinstance(known, dict) and text in known:
        return text
    if not is_version(text):
        return None
    wanted = version(text)
    return next((name for name in known if version(name) == wanted), None)


def span(versions: Iterable[str]) -> str:
    """Return versions as a sentence carries them: "3.9, 3.10, 3.11"."""
    return ", ".join(versions)
