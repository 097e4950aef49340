"""Stand-ins for plain distribution images where no registry is reached: made once, kept, imported.

Imports apt, disk, layout, locks, rootfs, files, model, process and errors. What `cache/bases` holds
is a folder for each archive: one that is made here, or one of `given-…`, which holds a link to an
archive that a person named. Nothing that lies elsewhere is ever removed.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import docker
import msgspec
from docker.errors import APIError, ImageNotFound

from validation.engine.apt import Apt, host_release, open_apt
from validation.engine.disk import require_space
from validation.engine.layout import Layout
from validation.engine.locks import locked
from validation.engine.rootfs import Recipe, make_rootfs, resolve_recipe
from validation.errors import WorldFailed
from validation.files import disk_failure
from validation.model import Record
from validation.process import Runner

REPOSITORY = "imagewright-base"
DIGEST_LABEL = "imagewright.base"

# Releases whose archive layout this was made for: matrix name → (os-release ID, code name).
RELEASES = {
    "debian12": ("debian", "bookworm"),
    "debian13": ("debian", "trixie"),
    "ubuntu22.04": ("ubuntu", "jammy"),
    "ubuntu24.04": ("ubuntu", "noble"),
}
# Packages 40 MB, unpacked 120 MB, the archive 80 MB, and the tool.
_BYTES = 600_000_000
_PART = ".part-"
_AGAIN = "run the same command again: it is made anew"
_BASES = "bases"
ARCHIVE = "rootfs.tar"
GIVEN = "given-"
# As the public images state them.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COMMAND = ("bash",)

# The kernel's name of a machine → the OCI's.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

Report = Callable[[str], None]


class StandIn(Record, frozen=True, kw_only=True):
    """A made root file system: `digest` is the SHA-256 of its uncompressed tar archive."""

    os: str
    digest: str
    packages: int

    @property
    def reference(self) -> str:
        """The image that it is imported as."""
        return f"{REPOSITORY}:{self.os}-{self.digest.removeprefix('sha256:')[:12]}"

    @property
    def platform(self) -> str:
        """The platform that it is for: this machine's, whose packages it is made from."""
        return f"linux/{ARCHITECTURES[os.uname().machine]}"


def _codename(os_name: str) -> str:
    system = host_release()
    distribution, codename = RELEASES.get(os_name, ("", ""))
    if not codename or system.get("ID") != distribution:
        raise WorldFailed(
            f"no stand-in for {os_name} can be made here: this machine's apt knows the archive of "
            f"{system.get('PRETTY_NAME', 'no distribution')}",
            hint="reach a registry, and pass --bases registry to insist on it",
        )
    if os.geteuid() != 0:
        raise WorldFailed(
            f"a stand-in for {os_name} can only be made as root",
            hint="run the same command as root once, or reach a registry",
        )
    return codename


def _open_archives(layout: Layout, codename: str, run: Runner) -> tuple[Apt, Apt]:
    """Return apt for the stand-in's release and for the host's own (the same one if they agree)."""
    own_name = host_release().get("VERSION_CODENAME", "")
    folder = layout.packages / "apt-bases"
    own = open_apt(folder / own_name, own_name, None, run)
    if codename == own_name:
        return own, own
    return open_apt(folder / codename, own_name, codename, run), own


def _made(folder: Path) -> StandIn | None:
    """Return what lies complete in `folder`: its manifest is written last, before the rename."""
    try:
        made = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=StandIn)
    except (OSError, msgspec.DecodeError):
        return None
    return made if (folder / ARCHIVE).is_file() else None


def bases_folder(layout: Layout) -> Path:
    """Return where stand-ins are kept; `engine down` leaves it."""
    return layout.cache / _BASES


def remove_kept(folder: Path) -> None:
    """Remove an archive's folder in the cache's bases, or a folder in that one; nothing else."""
    if _BASES in {folder.parent.name, folder.parent.parent.name}:
        shutil.rmtree(folder, ignore_errors=True)


def make_standin(os_name: str, layout: Layout, run: Runner, report: Report) -> tuple[StandIn, Path]:
    """Return the stand-in of today's package set and its tar archive, making it if it is not there.

    Two at once: the second waits. What a killed run left is removed. Raises `WorldFailed` when
    the archive is not reached, the machine's apt belongs to another distribution, or the disk
    refuses.
    """
    codename = _codename(os_name)
    bases = bases_folder(layout)
    waiting = "waiting for another run that makes a base"
    with locked(bases / "lock", waiting=lambda: report(waiting)):
        try:
            for left in bases.glob(f"{_PART}*"):
                shutil.rmtree(left)
            apt, own = _open_archives(layout, codename, run)
            recipe = resolve_recipe(apt, run)
            folder = bases / f"{os_name}-{recipe.key}"
            made = _made(folder)
            if made is None:
                require_space(bases, _BYTES, f"a stand-in for {os_name}")
                debs = layout.packages / "bases"
                made = _make(
                    folder, os_name, recipe, apt=apt, own=own, debs=debs, run=run, report=report
                )
        except OSError as error:
            raise disk_failure("make", bases / os_name, error) from error
    return made, folder / ARCHIVE


def _make(
    folder: Path,
    os_name: str,
    recipe: Recipe,
    *,
    apt: Apt,
    own: Apt,
    debs: Path,
    run: Runner,
    report: Report,
) -> StandIn:
    """Make a stand-in beside `folder` and put it there, in the place of the release's others."""
    bases = folder.parent
    part = Path(tempfile.mkdtemp(dir=bases, prefix=_PART))
    try:
        target = make_rootfs(
            recipe, apt=apt, own=own, debs=debs, scratch=part, run=run, report=report
        )
        with target.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        made = StandIn(os=os_name, digest=digest, packages=len(recipe.packages))
        done = part / "done"
        done.mkdir()
        target.rename(done / ARCHIVE)
        (done / "manifest.json").write_bytes(msgspec.json.encode(made))
        for old in bases.glob(f"{os_name}-*"):
            shutil.rmtree(old)
        done.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made


def imported(client: docker.DockerClient, standin: StandIn) -> bool:
    """Return whether the engine has this stand-in: by its label, since a tag can be moved."""
    try:
        return client.images.get(standin.reference).labels.get(DIGEST_LABEL) == standin.digest
    except ImageNotFound:
        return False


def require_whole(standin: StandIn, archive: Path) -> None:
    """Raise `WorldFailed` where an archive in the cache is not, byte for byte, what it was.

    Its folder in the cache is removed then: a stand-in is made anew, and of an archive that a
    person gave it holds only a link.
    """
    given = archive.parent.name.startswith(GIVEN)
    named = archive.resolve() if given else archive
    again = "name the archive with --base again once nothing writes to it" if given else _AGAIN
    try:
        with archive.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise WorldFailed(f"{named} cannot be read: {error.strerror}", hint=again) from error
    if digest == standin.digest:
        return
    remove_kept(archive.parent)
    if given:
        raise WorldFailed(f"the given archive {named} changed while it was used", hint=again)
    raise WorldFailed(f"{archive} is damaged: not what it was made as", hint=again)


def import_standin(client: docker.DockerClient, standin: StandIn, archive: Path) -> None:
    """Import the archive as an image, unless the engine has it."""
    if imported(client, standin):
        return
    require_whole(standin, archive)
    repository, _, tag = standin.reference.partition(":")
    changes = [f"ENV PATH={PATH}", f"CMD {json.dumps(COMMAND)}"]
    changes.append(f"LABEL {DIGEST_LABEL}={standin.digest}")
    try:
        client.api.import_image_from_file(str(archive), repository, tag, changes=changes)
    except (APIError, OSError) as error:
        raise WorldFailed(
            f"the engine cannot import {archive}: {error}",
            hint="see that it runs and that its disk has room, then run the same command again",
        ) from error
    if not imported(client, standin):
        raise WorldFailed(f"the engine imported {archive}, but does not have {standin.reference}")
