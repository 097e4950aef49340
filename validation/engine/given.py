"""A base that a person names: an image that the engine has, or the archive of a root file system.

Imports bases, client, layout, locks, standins, files, model and errors. What a GPU host without a
registry has is a file system: `tar` of it, or `docker export` of a container, is such an archive.
It stays where it is: the cache gets a folder with a link to it, where a builder's layout is made.
"""

import contextlib
import hashlib
import os
import tarfile
import time
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import docker.errors

from validation.engine.bases import BaseChoice, registry_base
from validation.engine.client import Engine, connect, next_step
from validation.engine.layout import layout_of
from validation.engine.locks import locked
from validation.engine.standins import ARCHIVE, GIVEN, StandIn, bases_folder, remove_kept
from validation.errors import BadInput, WorldFailed
from validation.files import disk_failure
from validation.model import Image, Project, Record

# For how long a folder is taken to be in use: no build takes a day.
_UNUSED_SECONDS = 86_400


class Given(Record, frozen=True, kw_only=True):
    """One `--base`: a glob over image ids, and what they stand on."""

    ids: str
    base: str


def parse_given(texts: Sequence[str]) -> tuple[Given, ...]:
    """Return what `--base ID=BASE` says, each; raises `BadInput`."""
    found = []
    for text in texts:
        ids, separator, base = text.partition("=")
        if not (separator and ids.strip() and base.strip()):
            raise BadInput(
                f"--base {text!r} names no base",
                hint="--base ID=BASE: an id or a glob over ids, and an image or a tar archive",
            )
        found.append(Given(ids=ids.strip(), base=base.strip()))
    return tuple(found)


def given_for(given: Sequence[Given], image_id: str) -> str:
    """Return what an image was given to stand on, "" for nothing; the last one that fits counts."""
    return next((each.base for each in reversed(given) if fnmatchcase(image_id, each.ids)), "")


def require_used(given: Sequence[Given], images: Sequence[Image]) -> None:
    """Raise `BadInput` for a `--base` that none of the images takes."""
    for each in given:
        if not any(fnmatchcase(image.id, each.ids) for image in images):
            raise BadInput(
                f"--base {each.ids}=…: no image here has such an id",
                hint=f"there are {', '.join(image.id for image in images[:5])}",
            )


def given_base(text: str, image: Image, engine: Engine, project: Project) -> BaseChoice:
    """Return the base that a person names: an archive's path, or a reference.

    A reference is looked for in the engine and then in its registry. Raises `BadInput` for a file
    that is no tar archive, `WorldFailed` for a reference that is in neither.
    """
    path = Path(text).expanduser()
    if path.is_file():
        return _from_file(path, image, project)
    return _from_engine(text, engine) or registry_base(text, engine)


def _from_file(path: Path, image: Image, project: Project) -> BaseChoice:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        archive = tarfile.is_tarfile(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not archive:
        raise BadInput(
            f"{path} is no tar archive", hint="tar --create --one-file-system / on the host"
        )
    standin = StandIn(os=image.os, digest=f"sha256:{digest}", packages=0)
    return BaseChoice(
        reference=standin.reference,
        digest=standin.digest,
        how="given",
        note=f"root file system of {path.name}",
        standin=standin,
        archive=str(_kept(path, digest, project)),
    )


def _kept(path: Path, digest: str, project: Project) -> Path:
    """Return a link to the archive, in a folder of the cache that is for this content alone.

    Folders that are left over are removed. Raises `WorldFailed` where the disk refuses.
    """
    bases = bases_folder(layout_of(project))
    kept = bases / f"{GIVEN}{digest[:12]}" / ARCHIVE
    with locked(bases / "given.lock", waiting=lambda: None):
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not (kept.exists() and kept.samefile(path)):
                _link(path.resolve(), kept)
            os.utime(kept.parent)
        except OSError as error:
            raise disk_failure("write", kept, error) from error
        with contextlib.suppress(OSError):  # another run may be removing the same folder
            for left in _left_over(bases, time.time() - _UNUSED_SECONDS):
                remove_kept(left)
    return kept


def _link(source: Path, target: Path) -> None:
    """Link a file to a place, in the stead of what is there; its content is never copied."""
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:  # another file system, or somebody else's file
        part.symlink_to(source)
    part.replace(target)


def _left_over(bases: Path, since: float) -> list[Path]:
    """Return the folders of given archives that nobody but the cache has any more.

    None that was taken after `since` (seconds since 1970): a run may still use it.
    """
    folders = list(bases.glob(f"{GIVEN}*"))
    paths = (path for folder in folders for path in folder.rglob("*") if not path.is_symlink())
    own = Counter(_identity(path) for path in paths)
    return [
        folder
        for folder in folders
        if folder.stat().st_mtime < since and not _has_owner(folder / ARCHIVE, own)
    ]


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from all others."""
    there = path.stat()
    return there.st_dev, there.st_ino


def _has_owner(archive: Path, own: Counter[tuple[int, int]]) -> bool:
    """Return whether an archive is there for others too; `own` counts the links that are ours."""
    if archive.is_symlink() or not archive.exists():
        return archive.exists()
    return archive.stat().st_nlink > own[_identity(archive)]


def _from_engine(reference: str, engine: Engine) -> BaseChoice | None:
    client = connect(engine)
    try:
        digest = str(client.images.get(reference).id)
    except docker.errors.ImageNotFound:
        return None
    except (docker.errors.DockerException, OSError) as error:
        raise WorldFailed(f"{engine.place} stopped answering", hint=next_step(engine)) from error
    finally:
        client.close()
    return BaseChoice(
        reference=reference, digest=digest, how="given", note=f"{reference}, which the engine had"
    )
