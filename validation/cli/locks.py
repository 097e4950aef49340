"""The lock files on disk, for the verbs that need to know whether an image is locked.

Imports render.lockfile, which is light: `plan` asks too.
"""

from validation.cli.workspace import Workspace, read_text
from validation.errors import BadInput
from validation.facts.load import Facts
from validation.model import Image, Project
from validation.render.lockfile import lock_names, unlocked_because


def read_locks(project: Project, image: Image) -> dict[str, str]:
    """Return the lock files that an image's folder holds, by name."""
    folder = project.images / image.id
    return {n: read_text(folder / n) for n in lock_names(image) if (folder / n).is_file()}


def python_platform(image: Image, facts: Facts) -> str:
    """Return uv's names of the platforms that an image's wheels run on, by its libc (PEP 600).

    Several are told in the family's order, with a blank between them.
    """
    machines = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
    glibc = facts.os.releases[image.os].glibc
    if glibc is None:
        raise BadInput(f"{image.id}: the facts do not know the glibc of {image.os}")
    libc = f"manylinux_{glibc.replace('.', '_')}"
    return " ".join(f"{machines[platform]}-{libc}" for platform in image.platforms)


def is_locked(workspace: Workspace, image: Image) -> bool:
    """Return True when an image's locks are whole and made from what it requires."""
    try:
        locks = read_locks(workspace.project, image)
    except BadInput:  # unreadable: `imagewright render --check` tells
        return False
    return not unlocked_because(image, locks, python_platform(image, workspace.facts))
