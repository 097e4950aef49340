"""What FROM gets: the registry's base with its digest, or a stand-in made here.

Imports client, layout, standins, standin_layout, files, model, process and errors.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import docker
import msgspec
from docker.errors import APIError, DockerException, ImageNotFound

from validation.engine.client import Engine, connect, next_step
from validation.engine.layout import layout_of
from validation.engine.standin_layout import standin_layout
from validation.engine.standins import StandIn, bases_folder, import_standin, make_standin
from validation.errors import WorldFailed
from validation.files import write_atomic
from validation.model import Image, Project, Record
from validation.process import Runner
from validation.process import run as run_process

BaseMode = Literal["auto", "registry", "bootstrap"]

# A registry that is there answers in well under a second; behind a firewall that drops packets
# nothing comes at all.
_REGISTRY_SECONDS = 10
# For how long an answer holds: a second build asks neither registry nor archive.
_ANSWER_SECONDS = 3600


class BaseChoice(Record, frozen=True, kw_only=True):
    """The base of a build. `reference` is what FROM gets.

    `digest` is the registry's manifest digest, the engine's image id or, for an archive, its
    SHA-256, all as "sha256:…". `note` says for the reader where it comes from; it goes into the
    receipt. A stand-in or given archive comes as `standin` and `archive`, which `deliver_base` or
    `base_context` bring to a build.
    """

    reference: str
    digest: str
    how: Literal["registry", "bootstrap", "given"]
    note: str
    standin: StandIn | None = None
    archive: str = ""


class _Answer(Record, frozen=True, kw_only=True):
    """A choice with the time (seconds since 1970) it was made at."""

    at: float
    base: BaseChoice


class _NotReached(Exception):
    """The registry could not be asked; carries the reason."""


def _registry_digest(client: docker.DockerClient, reference: str) -> str:
    """Ask the registry, through the engine, for a reference's digest.

    Raises `_NotReached`, or `WorldFailed` when the registry answers that there is no such image:
    then a stand-in would only hide a mistake.
    """
    try:
        return str(client.images.get_registry_data(reference).id)
    except ImageNotFound as error:
        raise WorldFailed(
            f"the registry has no {reference}",
            hint="correct it in matrix.yaml",
            details=(str(error.explanation),),
        ) from error
    except APIError as error:
        reason = str(error.explanation or error)
        if "manifest unknown" in reason or "not found: manifest" in reason:
            raise WorldFailed(
                f"the registry has no {reference}", hint="correct it in matrix.yaml"
            ) from error
        raise _NotReached(reason.strip()) from error
    except (DockerException, OSError) as error:
        raise _NotReached(f"no answer within {_REGISTRY_SECONDS} s") from error


def _from_registry(engine: Engine, reference: str) -> BaseChoice:
    client = connect(engine, timeout=_REGISTRY_SECONDS)
    try:
        digest = _registry_digest(client, reference)
    finally:
        client.close()
    return BaseChoice(
        reference=f"{reference}@{digest}",
        digest=digest,
        how="registry",
        note=f"{reference} from its registry",
    )


def _from_archive(
    image: Image, project: Project, run: Runner, report: Callable[[str], None]
) -> BaseChoice:
    standin, archive = make_standin(image.os, layout_of(project), run, report)
    return BaseChoice(
        reference=standin.reference,
        digest=standin.digest,
        how="bootstrap",
        note=f"stand-in for {image.base}: "
        f"{standin.packages} packages of the distribution's archive",
        standin=standin,
        archive=str(archive),
    )


def _answer_file(project: Project, reference: str) -> Path:
    name = hashlib.sha256(reference.encode()).hexdigest()[:16]
    return bases_folder(layout_of(project)) / "answers" / f"{name}.json"


def _remembered(path: Path, mode: BaseMode) -> BaseChoice | None:
    """Return the last answer if it is young, fits the mode and its archive is still there."""
    try:
        answer = msgspec.json.decode(path.read_bytes(), type=_Answer)
    except (OSError, msgspec.DecodeError):
        return None
    young = 0 <= time.time() - answer.at < _ANSWER_SECONDS
    base = answer.base
    fits = mode in {"auto", base.how}
    there = base.standin is None or Path(base.archive).is_file()
    return base if young and fits and there else None


def _not_reached(image: Image, reason: str) -> WorldFailed:
    return WorldFailed(
        f"registry not reached: {image.base} ({reason})",
        hint="check the network, a proxy, or a mirror in the engine's configuration"
        + ("; --bases bootstrap makes a stand-in" if image.source == "distro" else ""),
    )


def _ask(
    image: Image,
    engine: Engine,
    project: Project,
    mode: BaseMode,
    *,
    report: Callable[[str], None],
    run: Runner,
) -> BaseChoice:
    reference = image.base or ""
    reason = "not asked: --bases bootstrap"
    if mode != "bootstrap":
        try:
            return _from_registry(engine, reference)
        except _NotReached as error:
            reason = str(error)
    if mode == "registry" or image.source != "distro":
        raise _not_reached(image, reason)
    report(
        f"registry not {'reached' if mode == 'auto' else 'asked'}: "
        f"a stand-in for {reference} is made from the distribution's archive"
    )
    return _from_archive(image, project, run, report)


def resolve_base(
    image: Image,
    engine: Engine,
    project: Project,
    mode: BaseMode,
    report: Callable[[str], None],
    *,
    run: Runner = run_process,
) -> BaseChoice:
    """Return what `image` is built from, asking the registry through `engine`.

    auto: the registry's, or else a stand-in, said through `report`. registry: only the registry's.
    bootstrap: only a stand-in. Raises `WorldFailed` ("registry not reached") where there is no
    other way: nvidia/cuda and NGC bases have no stand-in. An answer holds for an hour.
    """
    if image.base is None:
        raise WorldFailed(
            "no base: it stands on a host's root file system, which has no public name",
            hint=f"--base {image.id}=ARCHIVE.tar, or an image that the engine has",
        )
    path = _answer_file(project, image.base)
    base = _remembered(path, mode)
    if base is None:
        base = _ask(image, engine, project, mode, report=report, run=run)
        write_atomic(path, msgspec.json.encode(_Answer(at=time.time(), base=base)))
    if base.standin is not None:
        report(f"{image.id}: {base.note}")
    return base


def registry_base(reference: str, engine: Engine) -> BaseChoice:
    """Return a base by its reference in a registry; raises `WorldFailed` where it is not there."""
    try:
        return _from_registry(engine, reference)
    except _NotReached as error:
        raise WorldFailed(
            f"neither the engine nor a registry has {reference} ({error})",
            hint="docker load or docker import it, or name the archive of a root file system",
        ) from error


def deliver_base(base: BaseChoice, engine: Engine) -> None:
    """Make sure that a build on `engine` finds its base: a stand-in's archive is imported there.

    The archive goes over the engine's own API, so that any engine that can be asked can be given
    it; every engine gets the same bytes, so that layers and caches agree between engines. What
    comes from a registry the engine fetches by itself. Raises `WorldFailed` where the archive is
    not what it was, and where the engine does not take it or stops answering.
    """
    if base.standin is None:
        return
    client = connect(engine)
    try:
        import_standin(client, base.standin, Path(base.archive))
    except (DockerException, OSError) as error:
        raise WorldFailed(
            f"{engine.place} stopped answering while it was given {base.reference}",
            hint=next_step(engine),
        ) from error
    finally:
        client.close()


def base_context(base: BaseChoice) -> str:
    """Return the named build context that a buildx builder finds a stand-in by; "" without one.

    A builder has no image store of ours to import into. The archive as an OCI layout goes there
    in the build's own session: no registry has to be run, reached or trusted.
    """
    if base.standin is None:
        return ""
    folder, digest = standin_layout(base.standin, Path(base.archive))
    return f"{base.reference}=oci-layout://{folder}@{digest}"
