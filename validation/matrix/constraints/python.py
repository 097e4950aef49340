"""Python: it is there on the operating system, and it is said how.

Pure; imports facts and model only.
"""

from typing import Literal

from validation.facts.load import Facts, cite
from validation.facts.versions import python_key, span
from validation.matrix.constraints.base import ngc_release
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure
from validation.model import TORCH_IN_BASE

OLDEST_PYTHON = "3.10"
"""The oldest Python that the trainer, and the probes that prove an image, run on."""


def python_from(
    facts: Facts, python: str, os: str | None, base: str
) -> Literal["os", "uv", "base"]:
    """Return how this Python comes in: the distribution's package, uv's, or the base's own."""
    if base in TORCH_IN_BASE:
        return "base"
    release = facts.os.releases.get(os or "")
    own = release and release.python == python and python not in release.unusable_pythons
    return "os" if own else "uv"


def python(
    facts: Facts,
    *,
    python: str | None,
    os: str | None,
    platforms: tuple[str, ...],
    base: str,
    cuda: str | None,
    torch: str | None,
) -> Reasons:
    """Require a Python that is the distribution's own, or that uv installs on the platform.

    A package that the distribution calls a release candidate is not taken: uv's build is.
    Source: the distributions' archives; uv's list of managed Pythons.
    """
    if base == "ngc":
        return _ngc(facts, python, cuda, torch)
    if python is None or python_from(facts, python, os, base) != "uv":
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


def python_floor(facts: Facts, *, python: str) -> Reasons:  # noqa: ARG001  (a constraint's signature)
    """Require Python 3.10 or later: an image of an older one could be built and never proven.

    Source: docs/trainer.md, the Pythons that the trainer runs on.
    """
    if python_key(python) >= python_key(OLDEST_PYTHON):
        return FINE
    message = f"an image with Python {python} cannot be proven"
    fact = f"the trainer and the probes need Python {OLDEST_PYTHON} or later"
    return (no("python", message, fact, "docs/trainer.md"),)


def _ngc(facts: Facts, python: str | None, cuda: str | None, torch: str | None) -> Reasons:
    """Require of an NGC image that its system and Python are known, and are those asked for."""
    table = facts.ngc
    found = ngc_release(facts, cuda, torch)
    if found is None:
        return FINE  # no such image is known: `ngc` says so
    release, image = found
    source = cite(table, image.source)
    if image.python is None or image.os is None:
        message = f"it is not known which system and Python NGC {release} brings"
        if python is not None:
            message += f", so that {python} cannot be promised"
        fact = f"known of it: CUDA {image.cuda}, torch {image.torch}"
        fact += f", Python {image.python}" if image.python else ""
        return (unsure("python", message, fact, source),)
    if python in {None, image.python}:
        return FINE
    message = f"NGC {release} does not bring Python {python}"
    return (no("python", message, f"it brings Python {image.python}", source),)
