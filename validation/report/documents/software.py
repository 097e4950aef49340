"""Tables about CUDA releases, PyTorch's wheels and distributions.

Pure; imports facts, the report's tables and given.
"""

from validation.facts.load import cite
from validation.facts.versions import version
from validation.report.documents.given import Given
from validation.report.documents.sourced import sourced_table

# Earlier ones are in the facts, and no image of the matrix stands on them.
_SINCE_TORCH = version("2.2")
_SINCE_CUDA = version("11.8")


def torch_variants(given: Given) -> str:
    """Return PyTorch's releases with the variant that PyPI carries and those of its own index."""
    table = given.facts.torch
    releases = {
        name: release
        for name, release in sorted(table.releases.items(), key=lambda item: version(item[0]))
        if version(name) >= _SINCE_TORCH
    }
    rows = [
        (
            name,
            f"{release.pypi.variant} ({release.pypi.source})",
            f"{', '.join(sorted(release.variants))} ({release.variants_source})",
            ", ".join(release.pypi.pythons),
            release.pypi.cudnn or "not pinned",
        )
        for name, release in releases.items()
    ]
    header = ("torch", "PyPI's variant", "variants known", "Pythons of PyPI's wheels", "its cuDNN")
    used = {each.pypi.source for each in releases.values()}
    used |= {each.variants_source for each in releases.values()}
    return sourced_table(table, header, rows, used)


def cuda_releases(given: Given) -> str:
    """Return the newest published nvidia/cuda image by CUDA release, with the systems it is on."""
    rows = []
    used = set()
    for minor, images in given.facts.cuda_images_by_minor.items():
        if version(minor) < _SINCE_CUDA:
            continue
        newest = [image for image in images if image.cuda == images[-1].cuda]
        older = sorted({image.cuda for image in images} - {newest[0].cuda}, key=version)
        sources = sorted({image.source for image in newest})
        systems = ", ".join(sorted({image.os for image in newest}))
        rows.append(
            (minor, newest[0].cuda, systems, ", ".join(older) or "none", ", ".join(sources))
        )
        used |= set(sources)
    header = ("CUDA", "newest published", "on", "superseded: by policy at their end", "source")
    return sourced_table(given.facts.cuda_images, header, rows, used)


def distributions(given: Given) -> str:
    """Return distribution releases with their Python and their ends."""
    table = given.facts.os
    rows = [
        (
            name,
            release.python or "not known",
            release.eol,
            release.lts_eol or "none",
            ", ".join(
                f"{python}: {note.text}" for python, note in release.unusable_pythons.items()
            ),
            release.eol_source,
        )
        for name, release in table.releases.items()
    ]
    header = ("system", "its Python", "end of support", "end of long-term support",
              "Pythons not to use", "source")  # fmt: skip
    used = [release.eol_source for release in table.releases.values()]
    return sourced_table(table, header, rows, used)


def traps(given: Given) -> str:
    """Return what looks possible and fails, with its source."""
    table = given.facts.traps
    return "\n".join(
        f"- **{name.replace('-', ' ')}**: {trap.text} — {cite(table, trap.source)}"
        for name, trap in table.traps.items()
    )
