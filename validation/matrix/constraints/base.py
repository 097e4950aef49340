"""The base image: its tag was published for the CUDA, flavor and operating system.

Pure; imports facts and model only.
"""

from collections.abc import Iterable

from validation.facts.load import Facts, cite
from validation.facts.platforms import CudaImage, NgcRelease
from validation.facts.versions import minor_of, release_of, span, version
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure

DEFAULT_FLAVOR = "runtime"
"""What an nvidia-cuda family that declares no flavor stands on."""

_READ_ELSEWHERE = "lists-13.3.1"
"""Source of the 2026 rows, which list Ubuntu only: silence about others there is not absence."""


def _ordered(versions: Iterable[str]) -> list[str]:
    return sorted(set(versions), key=version)


def cuda_image(
    facts: Facts, cuda: str, flavor: str, os: str, patch: str | None = None
) -> CudaImage | None:
    """Return the newest published nvidia/cuda image of a CUDA major.minor, or None.

    Where `patch` is asked for, that release's or None.
    """
    if patch is None:
        return facts.newest_tags.get((cuda, os, flavor))
    return next(
        (
            image
            for image in facts.cuda_images_by_minor.get(cuda, ())
            if image.cuda == patch and image.os == os and _word(image, flavor) is not None
        ),
        None,
    )


def ngc_release(facts: Facts, cuda: str | None, torch: str | None) -> tuple[str, NgcRelease] | None:
    """Return the newest NGC image with this CUDA major.minor and torch release, or None.

    NGC builds carry pre-release versions ("2.9.0a0"): the release that they lead to counts.
    """
    fitting = [
        (name, found)
        for name, found in facts.ngc.releases.items()
        if (cuda is None or minor_of(found.cuda) == cuda)
        and (torch is None or _same_release(found.torch, torch))
    ]
    return max(fitting, key=lambda item: version(item[0]), default=None)


def _same_release(ngc: str, torch: str) -> bool:
    """Return True for "2.14" or "2.14.0a0" and 2.14.0."""
    parts = [release_of(text) for text in (ngc, torch)]
    return len({(*release, 0, 0)[:3] for release in parts}) == 1


def reference(
    facts: Facts,
    *,
    base: str,
    cuda: str | None,
    flavor: str | None,
    os: str | None,
    torch: str | None,
    patch: str | None = None,
) -> str | None:
    """Return the public reference that FROM names; None for a rootfs or where there is none."""
    if base == "distro":
        release = facts.os.releases.get(os or "")
        return release.image if release else None
    if base == "ngc":
        found = ngc_release(facts, cuda, torch)
        tag = facts.ngc.tag.format(release=found[0]) if found else ""
        return f"{facts.ngc.repository}:{tag}" if found else None
    if base != "nvidia-cuda" or cuda is None or os is None:
        return None
    flavor = flavor or DEFAULT_FLAVOR
    image = cuda_image(facts, cuda, flavor, os, patch)
    if image is None:
        return None
    table = facts.cuda_images
    tag = table.tag.format(cuda=image.cuda, flavor=_word(image, flavor), os=os)
    return f"{table.repository}:{tag}"


def _word(image: CudaImage, flavor: str) -> str | None:
    """Return the flavor as this image's tag spells it: cuDNN's word changed over the years."""
    if flavor in image.flavors:
        return flavor
    ending = flavor.removeprefix("cudnn")
    words = (word for word in image.flavors if word.startswith("cudnn") and word.endswith(ending))
    return next(words, None) if ending != flavor else None


def base(
    facts: Facts,
    *,
    base: str,
    cuda: str | None,
    flavor: str | None,
    os: str | None,
    platforms: tuple[str, ...],
    patch: str | None,
) -> Reasons:
    """Require a published base: CUDA, flavor, cuDNN's word and OS make a tag that exists.

    The newest published patch of the CUDA major.minor is taken, as any older one is superseded,
    unless the family names the one that it must be.
    Source: NVIDIA's tag lists, the distributions' official images.
    """
    if base == "distro":
        return _distro(facts, os, platforms)
    if base != "nvidia-cuda":
        return FINE
    flavor = flavor or DEFAULT_FLAVOR
    if patch is not None and cuda is not None and os is not None:
        image = cuda_image(facts, cuda, flavor, os, patch)
        return _platforms(facts, platforms, image) if image else _no_patch(facts, cuda, os, patch)
    return _nvidia(facts, cuda, flavor, os, platforms)


def _no_patch(facts: Facts, cuda: str, os: str, patch: str) -> Reasons:
    """Return why the named release is none: another minor's, or never published for the OS."""
    of_minor = facts.cuda_images_by_minor.get(cuda, ())
    patches = span(_ordered(image.cuda for image in of_minor if image.os == os))
    message = f"there is no image of CUDA {patch} on {os} for cuda {cuda}"
    fact = f"CUDA {cuda} on {os} was published as {patches or 'nothing'}"
    source = cite(facts.cuda_images, of_minor[-1].source if of_minor else "repository")
    return (no("base", message, fact, source),)


def _distro(facts: Facts, os: str | None, platforms: tuple[str, ...]) -> Reasons:
    table = facts.os
    release = table.releases.get(os or "")
    if release is None:
        message = f"it is not known which public image {os} has"
        return (unsure("base", message, f"known: {span(table.releases)}", cite(table, "archive")),)
    return tuple(
        unsure(
            "base",
            f"it is not known whether {release.image} exists for {platform}",
            f"known for {span(release.platforms)}",
            cite(table, release.image_source),
        )
        for platform in platforms
        if platform not in release.platforms
    )


def ngc(facts: Facts, *, base: str, cuda: str | None, torch: str | None) -> Reasons:
    """Require an NGC image with the CUDA and the torch release. Source: NGC's release notes."""
    if base != "ngc" or ngc_release(facts, cuda, torch) is not None:
        return FINE
    known = [
        f"{name} (CUDA {at.cuda}, torch {at.torch})" for name, at in facts.ngc.releases.items()
    ]
    message = f"no NGC image is known with CUDA {cuda or 'any'} and torch {torch or 'any'}"
    return (unsure("base", message, f"known: {span(known)}", cite(facts.ngc, "notes")),)


def _nvidia(
    facts: Facts, cuda: str | None, flavor: str, os: str | None, platforms: tuple[str, ...]
) -> Reasons:
    table = facts.cuda_images
    if cuda is None or os is None:
        missing = "cuda" if cuda is None else "os"
        message = f"an nvidia-cuda base needs the axis {missing}"
        return (no("base", message, f"tags are {table.tag}", cite(table, "repository")),)
    if cuda_image(facts, cuda, flavor, os) is not None:
        image = cuda_image(facts, cuda, flavor, os)
        return _platforms(facts, platforms, image)
    return _no_tag(facts, cuda, flavor, os)


def _platforms(facts: Facts, platforms: tuple[str, ...], image: CudaImage | None) -> Reasons:
    source = cite(facts.cuda_images, image.source if image else "repository")
    return tuple(
        unsure(
            "base",
            f"it is not known whether this nvidia/cuda tag exists for {platform}",
            "tag lists do not name platforms",
            source,
        )
        for platform in platforms
        if platform != "linux/amd64"
    )


def _no_tag(facts: Facts, cuda: str, flavor: str, os: str) -> Reasons:
    """Return why there is no tag, told by the first of minor, OS and flavor that has none."""
    table = facts.cuda_images
    wanted = f"nvidia/cuda:{cuda}.*-{flavor}-{os}"
    minors = list(facts.cuda_images_by_minor)
    of_minor = facts.cuda_images_by_minor.get(cuda)
    if of_minor is None:
        below = [minor for minor in minors if version(minor) < version(cuda)][-1:]
        above = [minor for minor in minors if version(minor) > version(cuda)][:1]
        source = cite(table, table.images[-1].source)
        if not above or not below:
            message = f"it is not known whether there is an image {wanted}"
            fact = f"known tags run from CUDA {minors[0]} to {minors[-1]}"
            return (unsure("base", message, fact, source),)
        message = f"there is no image of CUDA {cuda}"
        return (no("base", message, f"the nearest published are {span(below + above)}", source),)
    of_os = [image for image in of_minor if image.os == os]
    source = cite(table, (of_os or of_minor)[-1].source)
    if of_os:
        flavors = sorted({name for image in of_os for name in image.flavors})
        patches = span(_ordered(image.cuda for image in of_os))
        fact = f"on {os} CUDA {patches} comes as {span(flavors)}"
        return (no("base", f"there is no image {wanted}", fact, source),)
    oses = span(sorted({image.os for image in of_minor}))
    fact = f"CUDA {cuda} was published for {oses}"
    if not os.startswith("ubuntu") and {image.source for image in of_minor} == {_READ_ELSEWHERE}:
        message = f"it is not known whether there is an image {wanted}"
        return (unsure("base", message, f"{fact}; these lists were read for Ubuntu only", source),)
    return (no("base", f"there is no image {wanted}", fact, source),)
