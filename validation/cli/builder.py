"""Joins the rooms for a build: rendered folder, lock, base, wheels and secret become one job.

Imports engine, net, render, model. One `Builder` serves all builds of a command and reads what
they share (the trainer, the templates, each base) once.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from docker.errors import DockerException, ImageNotFound

from validation.cli import output
from validation.cli.folders import read_folder, read_templates
from validation.cli.inputs import read_git, read_trainer, web_address
from validation.cli.staging import Staging
from validation.cli.workspace import Unreadable, Workspace
from validation.engine.bases import BaseChoice, BaseMode, base_context, deliver_base, resolve_base
from validation.engine.build import BuildResult, Progress, build_image
from validation.engine.buildx import INPUTS_LABEL, BuildJob, inputs_hash
from validation.engine.client import Engine, client_environment, connect, next_step
from validation.engine.given import Given, given_base, given_for
from validation.engine.places import Place, Places
from validation.engine.records import BuildRecord, write_record
from validation.engine.runs import Run
from validation.errors import ExitCode, ImagewrightError, WorldFailed
from validation.model import Image, Record
from validation.net.installer_config import read_installer_config

if TYPE_CHECKING:
    from docker.models.images import Image as BuiltImage


class Settings(Record, frozen=True, kw_only=True):
    """What a person asked of a build; `cache_from` and `cache_to` are checked already."""

    bases: BaseMode
    given: tuple[Given, ...] = ()
    wheelhouse: Path | None = None
    no_cache: bool = False
    push: bool = False
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    timeout: float = 3600


class Wanted(Record, frozen=True, kw_only=True):
    """An image that is to be built: its inputs' hash, its base, and where it is already, if so."""

    image: Image
    tag: str
    inputs: str
    base: BaseChoice
    at: str = ""


class Task(Record, frozen=True, kw_only=True):
    """One image in one place, for these platforms; `seconds` is what it should take."""

    wanted: Wanted
    place: Place
    platforms: tuple[str, ...]
    seconds: float


class Builder:
    """Makes and runs the build jobs of one command."""

    def __init__(self, workspace: Workspace, places: Places, run: Run, settings: Settings) -> None:
        """Read the settings; raises `BadInput` where one of them cannot be read."""
        project = workspace.project
        self._workspace = workspace
        self._places = places
        self._run = run
        self._settings = settings
        self._clients = {engine.host: connect(engine) for engine in places.engines}
        self._config = read_installer_config(os.environ, settings.wheelhouse)
        self._staging = Staging(project, run, self._config)
        self._templates = read_templates(project)
        self._trainer = read_trainer(project)
        self._revision = read_git(project, "rev-parse", "HEAD") or "unknown"
        self._source = web_address(read_git(project, "remote", "get-url", "origin"))
        self._bases: dict[str, BaseChoice | ImagewrightError] = {}
        self._delivered: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def check_given(self, images: Sequence[Image]) -> None:
        """Raise `BadInput` for a `--base` whose file is no archive: the argument is at fault.

        What else is wrong with a base is told with the images that stand on it.
        """
        for image in images:
            if given_for(self._settings.given, image.id):
                with contextlib.suppress(WorldFailed):
                    self._base(image)

    def prepare(self, image: Image) -> Wanted | BuildResult:
        """Return what is to be built, or the result when there is nothing to build."""
        try:
            return self._prepare(image)
        except ImagewrightError as error:
            # One image that cannot be built is a finding about that image, not bad arguments;
            # a file that cannot be read is told as every other verb tells it.
            own = error.exit_code is ExitCode.WORLD_FAILED or isinstance(error, Unreadable)
            return BuildResult(
                image=image.id,
                status="failed",
                message=error.what,
                details=error.details,
                hint=error.hint,
                exit_code=error.exit_code if own else ExitCode.FINDINGS,
            )

    def job(self, task: Task) -> BuildJob:
        """Return the job that builds an image in a place, its secret and wheels staged."""
        wanted, place, settings = task.wanted, task.place, self._settings
        image, base = wanted.image, wanted.base
        secret, wheelhouse = self._staging.of(image)
        host_only = place.engine.networking == "host-only" and not place.builder
        return BuildJob(
            image=image,
            tag=wanted.tag,
            base=base.reference,
            base_digest=base.digest,
            base_how=base.how,
            inputs=wanted.inputs,
            revision=self._revision,
            source=self._source,
            secret=secret,
            wheelhouse=wheelhouse,
            host_network=host_only or self._config.needs_host_network,
            no_cache=settings.no_cache,
            builder=place.builder or place.engine.context,
            remote=bool(place.builder),
            base_context=base_context(base) if place.builder else "",
            platforms=() if task.platforms == place.platforms[:1] else task.platforms,
            push=settings.push,
            cache_from=_of_image(settings.cache_from, image),
            cache_to=_of_image(settings.cache_to, image),
        )

    def build(self, task: Task, report: Callable[[Progress], None]) -> BuildResult:
        """Build one image in a place; its log is out/logs/<id>.build.log, its record in out/builds.

        A failure is a result, never an exception.
        """
        started = datetime.now(UTC)
        project = self._workspace.project
        name = task.wanted.image.id
        try:
            if not task.place.builder:
                self._deliver(task.wanted.base, task.place.engine)
            result = build_image(
                self.job(task),
                buildx=task.place.engine.buildx,
                root=project.root,
                environment=client_environment(task.place.engine, project, task.place.builder),
                log=project.out / "logs" / f"{name}.build.log",
                report=report,
                timeout=self._settings.timeout,
            )
            result = msgspec.structs.replace(result, place=task.place.name)
            return self._record(task, result, started) if result.status == "built" else result
        except ImagewrightError as error:
            return _failure(task, error)
        except (DockerException, OSError) as error:
            again = f"see the disk, and `{task.place.next_step}`; then run the same command again"
            return _failure(task, WorldFailed(f"the world failed: {error}", hint=again))

    def _prepare(self, image: Image) -> Wanted | BuildResult:
        record = read_folder(self._workspace, image, self._templates)
        base = self._base(image)
        inputs = inputs_hash(record.inputs, self._trainer, base.digest)
        tag = f"{self._workspace.matrix.repository}:{image.id}"
        at = ""
        for engine in self._places.engines:
            built = self._built(engine, tag)
            if built is not None and built.labels.get(INPUTS_LABEL) == inputs:
                at = engine.place
                if not (self._settings.no_cache or self._settings.push):
                    return BuildResult(
                        image=image.id, status="unchanged", place=at, digest=str(built.id)
                    )
        return Wanted(image=image, tag=tag, inputs=inputs, base=base, at=at)

    def _base(self, image: Image) -> BaseChoice:
        """Return an image's base, asked for once however many images stand on it."""
        engine, project = self._places.engines[0], self._workspace.project
        given = given_for(self._settings.given, image.id)
        key = given or image.base or image.id
        if key not in self._bases:
            try:
                self._bases[key] = (
                    given_base(given, image, engine, project)
                    if given
                    else resolve_base(image, engine, project, self._settings.bases, output.note)
                )
            except ImagewrightError as error:
                self._bases[key] = error
        found = self._bases[key]
        if isinstance(found, ImagewrightError):
            raise found
        return found

    def _deliver(self, base: BaseChoice, engine: Engine) -> None:
        """Bring a stand-in to an engine, once however many builds there stand on it."""
        with self._lock:
            if (engine.host, base.digest) not in self._delivered:
                deliver_base(base, engine)
                self._delivered.add((engine.host, base.digest))

    def _built(self, engine: Engine, tag: str) -> "BuiltImage | None":
        try:
            return self._clients[engine.host].images.get(tag)
        except ImageNotFound:
            return None
        except (DockerException, OSError) as error:
            raise WorldFailed(
                f"{engine.place} stopped answering",
                hint=f"{next_step(engine)}, then run the same command again",
            ) from error

    def _record(self, task: Task, result: BuildResult, started: datetime) -> BuildResult:
        """Write what was built, and return the result with the id that the engine knows it by."""
        wanted, place = task.wanted, task.place
        held = not (place.builder and self._settings.push)
        built = self._built(place.engine, wanted.tag) if held else None
        digest = str(built.id) if built is not None else result.digest
        record = BuildRecord(
            run=self._run.id,
            image=wanted.image.id,
            tag=wanted.tag,
            digest=digest,
            inputs=wanted.inputs,
            base=wanted.base.reference,
            base_digest=wanted.base.digest,
            base_how=wanted.base.how,
            place=place.name,
            context=place.engine.context,
            held=held,
            pushed=f"{wanted.tag}@{result.manifest}" if self._settings.push else "",
            platforms=task.platforms,
            started=started,
            seconds=round(result.seconds, 3),
            expected_seconds=round(task.seconds, 1),
        )
        write_record(self._workspace.project, record)
        return msgspec.structs.replace(result, digest=digest)


def _failure(task: Task, error: ImagewrightError) -> BuildResult:
    return BuildResult(
        image=task.wanted.image.id,
        status="failed",
        place=task.place.name,
        message=error.what,
        details=error.details,
        hint=error.hint,
        exit_code=ExitCode.WORLD_FAILED,
    )


def _of_image(options: tuple[str, ...], image: Image) -> tuple[str, ...]:
    return tuple(option.replace("{id}", image.id) for option in options)
