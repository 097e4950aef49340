"""Python: it is there on the operating system, and it is said how.

Pure; imports facts and model only.
"""

from typing import Literal

from validation.facts.load import Facts, cite
from validation.facts.versions import python_key, span
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure


def python_from(
    facts: Facts, python: str, os: str | None, base: str
) -> Literal["os", "uv", "base"]:
    """Return how this Python comes in: the distribution's package, uv's, or the base's own."""
    if base == "ngc":
        return "base"
    release = facts.os.releases.get(os or "")
    own = release and release.python == python and python not in release.unusable_pythons
    return "os" if own else "uv"


def python(
    facts: Facts, *, python: str | None, os: str | None, platforms: tuple[str, ...], base: str
) -> Reasons:
    """Require a Python that is the distribution's own, or that uv installs on the platform.

    A package that the distribution calls a release candidate is not taken: uv's build is.
    Source: the distributions' archives; uv's list of managed Pythons.
    """
    if base == "ngc":
        return _ngc(facts, python)
    if python is None or python_from(facts, python, os, base) == "os":
        return FINE
    table = facts.python
    managed = table.managed.get(python)
    usable = [name for name, found in table.managed.items() if not found.prerelease]
    fact = f"uv installs Python {span(sorted(usable, key=python_key))}"
    source = cite(table, managed.source if managed else "uv")
    own = facts.os.releases.get(os or "")
    if own and own.python:
        fact += f"; {os}'s own is {own.python}"
    if managed is None or managed.prerelease:
        which = (
            "is a pre-release" if managed else "is neither the system's nor one that uv installs"
        )
        return (no("python", f"Python {python} on {os} {which}", fact, source),)
    return tuple(
        no("python", f"uv has no Python {python} for {platform}", fact, source)
        for platform in platforms
        if platform not in managed.platforms
    )


def _ngc(facts: Facts, python: str | None) -> Reasons:
    table = facts.ngc
    message = "which Python an NGC image brings is not known"
    if python is not None:
        message += f", so that {python} cannot be promised"
    fact = "releases are known with their CUDA and torch only"
    return (unsure("python", message, fact, cite(table, "notes")),)
