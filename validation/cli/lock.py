"""`imagewright lock`: pins with hashes for every image, written by this verb alone."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from validation.cli import output, project
from validation.cli.locks import python_platform, read_locks
from validation.cli.workspace import Workspace, open_workspace
from validation.engine.runs import Run, open_run, reap
from validation.errors import BadInput, ExitCode
from validation.files import disk_failure, write_atomic
from validation.lock.compile import Target, uv_program
from validation.lock.images import Locked, lock_image, unlocked_file
from validation.model import Image, Record
from validation.net.installer_config import read_installer_config
from validation.render.installer import InstallerConfig
from validation.render.lockfile import INSTALLER_LOCK, LOCK, pins, read_state, unlocked_because


class _Outcome(Record, frozen=True, kw_only=True):
    """What locking one image came to: a line for the person, files to write, an exit code."""

    line: str
    details: tuple[str, ...] = ()
    files: Mapping[str, str] = {}
    code: ExitCode = ExitCode.CLEAN


@click.command("lock")
@click.argument("selectors", nargs=-1)
@click.option(
    "--check", is_flag=True, help="Change nothing; exit 1 where pins or hashes would change."
)
@click.option(
    "--wheelhouse",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of wheels to use beside the index.",
)
@click.option("--jobs", type=click.IntRange(1, 32), default=4, show_default=True)
@click.pass_context
def command(
    ctx: click.Context, selectors: Sequence[str], check: bool, wheelhouse: Path | None, jobs: int
) -> int:
    """Resolve each image's complete set of packages, with hashes, by its own Python and libc.

    Releases newer than the facts' date are not considered, so the same facts give the same
    pins. Where an index is not reached a lock that still fits is kept; otherwise the image is
    marked unlocked.
    """
    workspace = open_workspace(project(ctx))
    images = workspace.selected(selectors) if selectors else workspace.plan.images
    config = read_installer_config(os.environ, wheelhouse)

    uv_program()
    reap(None, workspace.project)  # what a killed lock left; containers wait for another verb
    with open_run(workspace.project) as run, ThreadPoolExecutor(max_workers=jobs) as pool:

        def lock_one(image: Image) -> _Outcome:
            return _lock_one(workspace, image, config, run, check=check)

        outcomes = list(pool.map(lock_one, images))
    for image, outcome in zip(images, outcomes, strict=True):
        for name, text in outcome.files.items():
            write_atomic(workspace.project.images / image.id / name, text.encode())
        output.result(f"{image.id}: {outcome.line}")
        for detail in outcome.details:
            output.result(f"    {detail}")
    if any(outcome.files for outcome in outcomes):
        output.note("next: imagewright render, then commit images/")
    if any(outcome.code is ExitCode.WORLD_FAILED for outcome in outcomes):
        output.note("the index: `pip config list` shows the address and CA that are used")
    return max(outcome.code for outcome in outcomes)


def _lock_one(
    workspace: Workspace, image: Image, config: InstallerConfig, run: Run, *, check: bool
) -> _Outcome:
    platform = python_platform(image, workspace.facts)
    target = Target(
        python=image.python, platform=platform, exclude_newer=workspace.facts.torch.as_of
    )
    before = _before(workspace, image)
    scratch = run.scratch / image.id
    try:
        scratch.mkdir()
        locked = lock_image(image, target, config, uv_version=workspace.matrix.uv, scratch=scratch)
    except OSError as error:
        raise disk_failure("write", scratch, error) from error
    if locked.no_solution:
        return _Outcome(
            line="no set of packages meets all requirements",
            details=locked.no_solution,
            code=ExitCode.FINDINGS,
        )
    if locked.unreachable:
        because = f"index not reached: {locked.unreachable}"
        if not unlocked_because(image, before, platform):
            return _Outcome(line=f"kept, {because}", code=ExitCode.WORLD_FAILED)
        # Pins of other requirements count as none, but they are not ours to throw away.
        stale = bool(pins(before.get(LOCK, "")))
        mark = unlocked_file(image, target, config, because)
        marked = {} if check or stale else {LOCK: mark}
        return _Outcome(line=f"UNLOCKED, {because}", files=marked, code=ExitCode.WORLD_FAILED)
    return _compare(locked, before, check=check)


def _before(workspace: Workspace, image: Image) -> dict[str, str]:
    """Return an image's locks as they are; damaged ones count as none: they are written anew."""
    try:
        return read_locks(workspace.project, image)
    except BadInput:
        return {}


def _compare(locked: Locked, before: Mapping[str, str], *, check: bool) -> _Outcome:
    parts = (LOCK, INSTALLER_LOCK)  # what torch.lock pins stands in the complete lock too
    moved = tuple(
        line for name in parts for line in _moves(before.get(name, ""), locked.files[name])
    )
    count = len(pins(locked.files[LOCK]))
    if check:
        if moved:
            return _Outcome(line="pins would move", details=moved, code=ExitCode.FINDINGS)
        other = tuple(
            f"{name}: {why}"
            for name, text in locked.files.items()
            if (why := _differs(before.get(name), text))
        )
        if other:
            return _Outcome(line="files would change", details=other, code=ExitCode.FINDINGS)
        return _Outcome(line=f"{count} pins, as locked")
    if before == dict(locked.files):
        return _Outcome(line=f"{count} pins, unchanged")
    details = moved if LOCK in before else ()
    return _Outcome(line=f"{count} pins", details=details, files=locked.files)


def _differs(before: str | None, after: str) -> str:
    """Return how a lock of the same pins differs from a new one, "" where by its header at most.

    The header tells the day and the index; a lock from another day or mirror is as good.
    """
    if before is None:
        return "is not there"
    old, new = read_state(before), read_state(after)
    if old is None or new is None:
        return "is not as `imagewright lock` wrote it"
    return "hashes would change" if old.content != new.content else ""


def _moves(before: str, after: str) -> list[str]:
    old, new = pins(before), pins(after)
    return [
        f"{name}: {old.get(name, 'absent')} → {new.get(name, 'gone')}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
