"""torchvision and torchaudio: each pairs with one torch release, variant by variant.

Pure; imports facts and model only.
"""

from validation.facts.load import Facts, cite
from validation.facts.questions import package_wheel, torch_on_pypi, torch_release
from validation.facts.versions import version
from validation.matrix.constraints.rule import FINE, Reasons, no, unless_present, unsure
from validation.matrix.constraints.torch import variant_for

COMPANIONS = ("torchvision", "torchaudio")


def paired(facts: Facts, companion: str, torch: str) -> str | None:
    """Return the torchvision or torchaudio release that pairs with a torch release, or None."""
    release = torch_release(facts, torch)
    if release is None:
        return None
    return release.torchvision if companion == "torchvision" else release.torchaudio


def _pair(facts: Facts, companion: str, wanted: str, torch: str | None) -> Reasons:
    source = cite(facts.torch, "pair")
    if torch is None:
        message = f"{companion} {wanted} needs torch, which the image does not have"
        return (no(companion, message, f"{companion} is built against one torch release", source),)
    pair = paired(facts, companion, torch)
    if pair is None:
        message = f"it is not known which {companion} pairs with torch {torch}"
        return (unsure(companion, message, f"no {companion} of torch {torch} is recorded", source),)
    if version(pair) == version(wanted):
        return FINE
    message = f"{companion} {wanted} does not pair with torch {torch}"
    partners = [name for name in facts.torch.releases if paired(facts, companion, name) == wanted]
    fact = f"torch {torch} pairs with {companion} {pair}"
    if partners:
        fact += f"; {companion} {wanted} pairs with torch {', '.join(partners)}"
    return (no(companion, message, fact, source),)


def _wheel(
    facts: Facts,
    companion: str,
    *,
    wanted: str,
    torch: str | None,
    variant: str,
    python: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Ask PyPI for a companion of a torch from PyPI; on a variant's index torch's matrix holds."""
    release = None if torch is None else torch_release(facts, torch)
    if release is None:
        return FINE
    found = FINE
    for platform in platforms:
        if not torch_on_pypi(release, variant, python, platform):
            continue  # built from the same matrix as torch: `wheel` answers for both
        answer = package_wheel(facts.package(companion), wanted, python, platform)
        what = f"{companion} {wanted} for Python {python} on {platform}"
        unknown = f"it is not known whether there is a wheel of {what}"
        found += unless_present(companion, answer, f"there is no wheel of {what}", unknown)
    return found


def torchvision(
    facts: Facts,
    *,
    torchvision: str,
    torch: str | None,
    cuda: str | None,
    python: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require the torchvision release that pairs with torch, and a wheel of it.

    Source: torchvision METADATA, which pins torch exactly; pytorch/test-infra's build matrix.
    """
    found = _pair(facts, "torchvision", torchvision, torch)
    variant = variant_for(cuda)
    return found or _wheel(
        facts,
        "torchvision",
        wanted=torchvision,
        torch=torch,
        variant=variant,
        python=python,
        platforms=platforms,
    )


def torchaudio(
    facts: Facts,
    *,
    torchaudio: str,
    torch: str | None,
    cuda: str | None,
    python: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require the torchaudio release that pairs with torch, built for the same CUDA major.minor.

    torchaudio 2.11 declares no torch, so that an installer would take any; at import it raises
    unless its CUDA and torch's are equal. Source: METADATA and imports (measured).
    """
    found = _pair(facts, "torchaudio", torchaudio, torch)
    if found or torch is None:
        return found
    release, variant = torch_release(facts, torch), variant_for(cuda)
    if release is None or release.torchaudio_variants is None:
        return _wheel(
            facts,
            "torchaudio",
            wanted=torchaudio,
            torch=torch,
            variant=variant,
            python=python,
            platforms=platforms,
        )
    source = cite(facts.torch, release.source)
    fact = f"torchaudio beside torch {torch}: {release.torchaudio_note}"
    if variant in release.torchaudio_not_variants:
        message = f"there is no torchaudio {torchaudio} for {variant}: `import torchaudio` raises"
        return (no("torchaudio", message, fact, source),)
    if variant not in release.torchaudio_variants:
        message = f"it is not known whether torchaudio {torchaudio} exists for {variant}"
        return (unsure("torchaudio", message, fact, source),)
    return _wheel(
        facts,
        "torchaudio",
        wanted=torchaudio,
        torch=torch,
        variant=variant,
        python=python,
        platforms=platforms,
    )
