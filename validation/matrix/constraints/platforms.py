"""The platforms of an image: what it stands on is there for each of them.

Pure; imports facts and model only. Wheels, Pythons and public images are asked for each platform
by their own constraints; what is not known of a platform stays unknown there.
"""

from validation.facts.load import Facts, cite
from validation.facts.versions import span
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure

_OCI = "OCI image specification, image-index.md: a platform has a manifest of its own"


def platforms(facts: Facts, *, base: str, platforms: tuple[str, ...]) -> Reasons:
    """Require a base for each platform: one machine's root file system has that machine's alone.

    NGC's images are known for linux/amd64: which tags have others was not read.
    Source: the OCI image specification; NGC's release notes.
    """
    if base == "rootfs" and len(platforms) > 1:
        message = f"a root file system is one machine's, not one for {span(platforms)}"
        return (no("platforms", message, "a platform has a manifest of its own", _OCI),)
    others = [platform for platform in platforms if platform != "linux/amd64"]
    if base == "ngc" and others:
        message = f"it is not known whether the NGC image exists for {span(others)}"
        fact = "releases are known with their CUDA and torch only"
        return (unsure("platforms", message, fact, cite(facts.ngc, "notes")),)
    return FINE
