"""Versions in PEP 440 order: 12.10 is above 12.9, and 2.5 equals 2.5.0.

Imports nothing of ours. Nearly every version is a plain release ("12.6.3") and nearly every range
a few comparisons (">=1.22,<2.6"): these are read here, so that a command which only asks for them
does not pay for importing `packaging`. Anything else is left to `packaging`, which is the rule.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

Key = tuple[Any, ...]
"""What versions sort by: epoch, release, then pre-, post- and development release."""

_PLAIN = re.compile(r"(0|[1-9][0-9]{0,17})(\.(0|[1-9][0-9]{0,17})){0,7}", re.ASCII)
_RANGE = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*([^,\s]+)\s*")
_FINAL = ((1,), (0,), (1,))  # no pre-release, no post-release, no development release


def _significant(release: tuple[int, ...]) -> tuple[int, ...]:
    """Return a release without the zeros at its end, which do not count."""
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


@lru_cache(maxsize=4096)
def release_of(text: str) -> tuple[int, ...]:
    """Return the numbers of a version: (2, 9, 0) for "2.9.0a0".

    Raises `packaging.version.InvalidVersion`.
    """
    if _PLAIN.fullmatch(text):
        return tuple(map(int, text.split(".")))
    from packaging.version import Version  # noqa: PLC0415  (rare; see above)

    return Version(text).release


@lru_cache(maxsize=4096)
def version(text: str) -> Key:
    """Return what a version sorts by, as PEP 440 orders them (a local part does not count).

    Raises `packaging.version.InvalidVersion`.
    """
    if _PLAIN.fullmatch(text):
        return (0, _significant(release_of(text)), *_FINAL)
    from packaging.version import Version  # noqa: PLC0415  (rare; see above)

    found = Version(text)
    only_dev = found.pre is None and found.post is None and found.dev is not None
    pre = (-1,) if only_dev else (0, *found.pre) if found.pre else (1,)
    post = (0,) if found.post is None else (1, found.post)
    dev = (1,) if found.dev is None else (0, found.dev)
    return (found.epoch, _significant(found.release), pre, post, dev)


@lru_cache(maxsize=4096)
def is_version(text: str) -> bool:
    """Return True when `text` is a version at all."""
    if _PLAIN.fullmatch(text):
        return True
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  (rare; see above)

    try:
        Version(text)
    except (InvalidVersion, ValueError):  # ValueError: more digits than int() takes
        return False
    return True


@lru_cache(maxsize=4096)
def is_prerelease(text: str) -> bool:
    """Return whether a version is a pre- or dev-release: 2.7.0rc1, 2.10.0.dev20260101.

    Raises `packaging.version.InvalidVersion`.
    """
    if _PLAIN.fullmatch(text):
        return False
    from packaging.version import Version  # noqa: PLC0415  (rare; see above)

    return Version(text).is_prerelease


@lru_cache(maxsize=1024)
def comparisons(bound: str) -> tuple[tuple[str, str], ...]:
    """Return the comparisons of a specifier: ">=535,<600" → ((">=", "535"), ("<", "600"))."""
    return tuple((match[1], match[2]) for match in _RANGE.finditer(bound))


@lru_cache(maxsize=16384)
def within(text: str, bound: str) -> bool:
    """Return True when the version `text` satisfies the specifier `bound` ("" is any)."""
    parts = comparisons(bound)
    if _PLAIN.fullmatch(text) and all(_PLAIN.fullmatch(other) for _, other in parts):
        known = [_holds(version(text), operator, version(other)) for operator, other in parts]
        if None not in known:
            return all(known)
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415  (rare; see above)

    return SpecifierSet(bound).contains(text, prereleases=True)


def _holds(left: Key, operator: str, right: Key) -> bool | None:
    """Return whether a comparison of plain releases holds; None for ~= and ===."""
    return {
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
        "==": left == right,
        "!=": left != right,
    }.get(operator)


def python_key(python: str) -> tuple[Key, bool]:
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
