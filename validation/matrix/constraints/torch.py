"""The torch wheel: it exists in the variant for the Python and platform, and its glibc is there.

Pure; imports facts and model only. NGC images bring their own torch and are exempt.
"""

from validation.facts.load import Facts, cite
from validation.facts.questions import torch_wheel
from validation.facts.versions import version
from validation.matrix.constraints.rule import FINE, Reasons, no, unless_present, unsure
from validation.matrix.ids import variant_of


def variant_for(cuda: str | None) -> str:
    """Return the wheel variant that the `cuda` axis fixes: cu126, or cpu where there is none."""
    return "cpu" if cuda is None else variant_of(cuda)


def wheel(
    facts: Facts,
    *,
    torch: str,
    cuda: str | None,
    python: str,
    platforms: tuple[str, ...],
    base: str,
) -> Reasons:
    """Require a torch wheel in the variant that `cuda` fixes, for the Python and each platform.

    Policy: `cuda` fixes the wheel's variant and the base's major.minor alike.
    Source: wheel names on PyPI and on PyTorch's variant indexes.
    """
    if base == "ngc":
        return FINE
    variant = variant_for(cuda)
    found = FINE
    for platform in platforms:
        answer = torch_wheel(facts, torch, variant, python, platform)
        what = f"torch {torch}+{variant} for Python {python} on {platform}"
        absent = f"there is no wheel of {what}"
        if cuda is not None and "newest variant" in answer.fact:
            absent += (
                ". This tool pairs wheel and base by one cuda; a wheel of another CUDA"
                " may run on this base by minor-version compatibility within a major"
            )
        unknown = f"it is not known whether there is a wheel of {what}"
        found += unless_present("wheel", answer, absent, unknown)
    return found


def glibc(facts: Facts, *, torch: str, os: str, base: str) -> Reasons:
    """Require of the distribution the glibc that the torch wheel is built for (manylinux).

    Source: pytorch#123649 (manylinux_2_28 from 2.6 on) and the distributions' archives.
    """
    if base == "ngc":
        return FINE
    floors = [row for row in facts.torch.glibc if version(row.since) <= version(torch)]
    if not floors:
        return FINE  # below the releases that the facts cover: `wheel` says so
    floor = floors[-1]
    source = cite(facts.torch, floor.source)
    what = f"wheels of torch {floor.since} and later need glibc {floor.glibc}"
    has = facts.os.releases.get(os)
    if has is None or has.glibc is None:
        message = f"the glibc of {os} is not known, torch {torch} needs {floor.glibc}"
        return (unsure("glibc", message, what, source),)
    if version(has.glibc) >= version(floor.glibc):
        return FINE
    message = f"torch {torch} needs glibc {floor.glibc}, {os} has {has.glibc}"
    return (no("glibc", message, what, source),)
