"""Joins the rooms for a build: rendered folder, lock, base, wheels and secret become one job.

Imports engine, net, render, model. One `Builder` serves all builds of a command and reads what
they share (the trainer, the templates, each base) once.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from validation.cli import output
from validation.cli.folders import drift, read_templates, render_image
from validation.cli.locks import read_locks
from validation.cli.workspace import Workspace
from validation.engine.bases import BaseChoice, BaseMode, resolve_base
from validation.engine.build import BuildResult, Progress, build_image
from validation.engine.buildx import INPUTS_LABEL, BuildJob, inputs_hash, trainer_hash
from validation.engine.client import Engine, client_environment, connect
from validation.engine.runs import Run
from validation.engine.wheelhouse import stage_wheels
from validation.errors import BadInput, ExitCode, Findings, ImagewrightError, WorldFailed
from validation.model import Image, Project
from validation.net.installer_config import read_installer_config
from validation.process import run as run_process
from validation.render.folder import ImageFile
from validation.render.installer import render_installer_secret, without_credentials

if TYPE_CHECKING:
    from docker.models.images import Image as BuiltImage


def read_trainer(project: Project) -> str:
    """Return the hash of trainer/ as it will be copied: caches are not part of it."""
    files = [
        (str(path.relative_to(project.trainer)), path.read_bytes())
        for path in project.trainer.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    if not files:
        raise BadInput(f"no trainer in {project.trainer}", hint="a checkout has trainer/")
    return trainer_hash(files)


def _git(project: Project, *words: str) -> str:
    """Return what git says, or "" outside of a checkout or without git."""
    if shutil.which("git") is None:
        return ""
    done = run_process(["git", "-C", project.root, *words], check=False, timeout=10)
    return done.stdout.strip() if done.ok else ""


def web_address(remote: str) -> str:
    """Return where people find a git remote, without credentials; "unknown" for a local path."""
    address = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", remote).removesuffix(".git")
    return without_credentials(address) if address.startswith("https://") else "unknown"


class Builder:
    """Makes and runs the build jobs of one command."""

    def __init__(
        self,
        workspace: Workspace,
        engine: Engine,
        run: Run,
        *,
        bases: BaseMode,
        wheelhouse: Path | None,
    ) -> None:
        """Read the settings; raises `BadInput` where one of them cannot be read."""
        project = workspace.project
        self.engine = engine
        self._workspace = workspace
        self._run = run
        self._mode = bases
        self._client = connect(self.engine)
        self._config = read_installer_config(os.environ, wheelhouse)
        self._templates = read_templates(project)
        self._trainer = read_trainer(project)
        self._revision = _git(project, "rev-parse", "HEAD") or "unknown"
        self._source = web_address(_git(project, "remote", "get-url", "origin"))
        self._environment = client_environment(self.engine, project)
        self._bases: dict[str, BaseChoice | ImagewrightError] = {}

    def plan(self, image: Image, *, no_cache: bool) -> BuildJob | BuildResult:
        """Return the job that builds an image, or the result when there is nothing to build."""
        try:
            return self._plan(image, no_cache=no_cache)
        except ImagewrightError as error:
            # One image that cannot be built is a finding about that image, not bad arguments.
            world = error.exit_code is ExitCode.WORLD_FAILED
            return BuildResult(
                image=image.id,
                status="failed",
                message=error.what,
                details=error.details,
                hint=error.hint,
                exit_code=ExitCode.WORLD_FAILED if world else ExitCode.FINDINGS,
            )

    def build(
        self, job: BuildJob, report: Callable[[Progress], None], timeout: float
    ) -> BuildResult:
        """Build one image; its log is out/logs/<id>.build.log."""
        return build_image(
            job,
            buildx=self.engine.buildx,
            root=self._workspace.project.root,
            environment=self._environment,
            log=self._workspace.project.out / "logs" / f"{job.image.id}.build.log",
            report=report,
            timeout=timeout,
        )

    def _plan(self, image: Image, *, no_cache: bool) -> BuildJob | BuildResult:
        record = self._rendered(image)
        base = self._base(image)
        inputs = inputs_hash(record.inputs, self._trainer, base.digest)
        tag = f"{self._workspace.matrix.repository}:{image.id}"
        built = self._built(tag)
        if built is not None and built.labels.get(INPUTS_LABEL) == inputs and not no_cache:
            return BuildResult(image=image.id, status="unchanged", digest=str(built.id))
        secret, wheelhouse = self._stage(image)
        return BuildJob(
            image=image,
            tag=tag,
            base=base.reference,
            base_digest=base.digest,
            base_how=base.how,
            inputs=inputs,
            revision=self._revision,
            source=self._source,
            secret=secret,
            wheelhouse=wheelhouse,
            host_network=self.engine.networking == "host-only" or self._config.needs_host_network,
            no_cache=no_cache,
        )

    def _rendered(self, image: Image) -> ImageFile:
        """Return image.json of a folder that is rendered and locked; raise what to do otherwise."""
        wanted = render_image(self._workspace, image, self._templates)
        paths = {f"{image.id}/{name}": text for name, text in wanted.items()}
        differences = drift(self._workspace.project, paths)
        if differences:
            raise Findings(
                f"images/{image.id} is not what matrix.yaml and the templates come to",
                details=differences[:20],
                hint="imagewright render",
            )
        record = msgspec.json.decode(wanted["image.json"], type=ImageFile)
        if not record.locked:
            raise BadInput(
                f"images/{image.id} is not locked: {record.unlocked_because}",
                hint=f"imagewright lock {image.id} && imagewright render",
            )
        return record

    def _base(self, image: Image) -> BaseChoice:
        """Return an image's base, asked for once however many images stand on it."""
        key = image.base or image.id
        if key not in self._bases:
            try:
                self._bases[key] = resolve_base(
                    image, self.engine, self._workspace.project, self._mode, output.note
                )
            except ImagewrightError as error:
                self._bases[key] = error
        found = self._bases[key]
        if isinstance(found, ImagewrightError):
            raise found
        return found

    def _built(self, tag: str) -> "BuiltImage | None":
        import docker.errors  # noqa: PLC0415  (Docker's client is imported where it is used)

        try:
            return self._client.images.get(tag)
        except docker.errors.ImageNotFound:
            return None
        except (docker.errors.DockerException, OSError) as error:
            raise WorldFailed(
                "the engine stopped answering", hint="imagewright engine status, then run it again"
            ) from error

    def _stage(self, image: Image) -> tuple[Path, Path]:
        """Write the installer secret and the folder of wheels into the run's scratch folder."""
        scratch = self._run.scratch / image.id
        locks = read_locks(self._workspace.project, image).values()
        wheels = stage_wheels(locks, self._config.find_links, scratch / "wheelhouse")
        overrides = {"TORCH_INDEX": ""} if wheels.covers_torch else {}
        if wheels.covers_all:
            overrides |= {"UV_NO_INDEX": "1", "PIP_NO_INDEX": "1"}
        secret = scratch / "installer"
        secret.touch(mode=0o600)
        secret.write_text(render_installer_secret(self._config, overrides), "utf-8")
        return secret, wheels.folder
