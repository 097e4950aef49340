"""Builds images through buildx: one process per image, so that one failure leaves the others be.

Imports engine.blame, engine.buildx, process, files, model and errors. Prints nothing: what happens
is told to the caller as `Progress` values, and every line goes to the image's own log.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from validation.engine.blame import blame_world
from validation.engine.buildx import BuildJob, build_argv, failed_line, failed_output, step_of
from validation.errors import ExitCode, WorldFailed
from validation.files import disk_failure
from validation.model import Record
from validation.process import stream

Status = Literal["built", "unchanged", "skipped", "failed"]


class Progress(Record, frozen=True, kw_only=True):
    """One thing that happened in one image's build."""

    image: str
    text: str


class BuildResult(Record, frozen=True, kw_only=True):
    """How one image's build ended.

    `digest` is the image id ("sha256:…") or "" when there is none; `message`, `details` and
    `hint` speak for a failure, `message` for a skip; `exit_code` is what this result alone would
    make the verb return. `place` is where it was built, or is; `manifest` is the digest that a
    registry knows it by.
    """

    image: str
    status: Status
    place: str = ""
    seconds: float = 0.0
    digest: str = ""
    manifest: str = ""
    message: str = ""
    details: tuple[str, ...] = ()
    hint: str = ""
    exit_code: ExitCode = ExitCode.CLEAN


def _failure(
    job: BuildJob, status: int, lines: Sequence[str], log: Path, seconds: float
) -> BuildResult:
    at = failed_line(lines)
    where = f"images/{job.image.id}/Dockerfile" + (f":{at}" if at else "")
    world = blame_world(status, lines)
    return BuildResult(
        image=job.image.id,
        status="failed",
        seconds=seconds,
        message=f"{where}: "
        + (f"the world failed: {world.reason}" if world else "this step failed"),
        details=failed_output(lines),
        hint=f"{world.hint}; the whole log: {log}" if world else f"the whole log: {log}",
        exit_code=ExitCode.WORLD_FAILED if world else ExitCode.FINDINGS,
    )


def build_image(
    job: BuildJob,
    *,
    buildx: Path,
    root: Path,
    environment: Mapping[str, str],
    log: Path,
    report: Callable[[Progress], None],
    timeout: float,
) -> BuildResult:
    """Build one image; a failure is a result, never an exception.

    `root` is the build context, `timeout` in seconds. The log is written as the build goes on.
    """
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        step = step_of(line)
        if step:
            report(Progress(image=job.image.id, text=step))

    metadata = job.secret.with_name(f"{job.image.id}.metadata.json")
    start = time.monotonic()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8", buffering=1) as file:
            status = stream(
                build_argv(buildx, job, metadata),
                on_line=on_line,
                log=file,
                env=environment,
                cwd=root,
                timeout=timeout,
            )
    except (WorldFailed, OSError) as error:
        failure = disk_failure("write", log, error) if isinstance(error, OSError) else error
        return BuildResult(
            image=job.image.id,
            status="failed",
            message=failure.what,
            hint=failure.hint
            or f"a longer --timeout, if it was still at work; the whole log: {log}",
            exit_code=ExitCode.WORLD_FAILED,
        )
    seconds = time.monotonic() - start
    if status != 0:
        return _failure(job, status, lines, log, seconds)
    told = msgspec.json.decode(metadata.read_bytes())
    manifest = told.get("containerimage.digest", "")
    digest = told.get("containerimage.config.digest") or manifest
    return BuildResult(
        image=job.image.id, status="built", seconds=seconds, digest=digest, manifest=manifest
    )
