"""A base that a person names: an image that the engine has, or the archive of a root file system.

Imports bases, client, layout, locks, standins, model and errors. What a GPU host without a
registry has is a file system: `tar` of it, or `docker export` of a container, is such an archive.
"""

import hashlib
import os
import tarfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import docker.errors

from validation.engine.bases import BaseChoice, registry_base
from validation.engine.client import Engine, connect, next_step
from validation.engine.layout import layout_of
from validation.engine.standins import StandIn, bases_folder
from validation.errors import BadInput, WorldFailed
from validation.model import Image, Project, Record


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
    """Return the archive in a folder of its own, linked: a builder's layout is made beside it."""
    folder = bases_folder(layout_of(project)) / f"given-{digest[:12]}"
    kept = folder / "rootfs.tar"
    if kept.exists():
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.link(path.resolve(), kept)
    except OSError:  # another file system: the archive is used where it lies
        return path.resolve()
    return kept


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
