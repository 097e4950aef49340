"""One run of an acting verb: its id, its scratch folder, and the removal of what dead runs left.

Imports locks, files, model and errors. A run holds a lock for as long as it lives; the kernel
frees it however the run ends. Whatever carries the id of a run whose lock is free is left over.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

import docker
from docker.errors import APIError, DockerException, NotFound

from validation.engine.locks import open_lock, try_lock
from validation.errors import WorldFailed
from validation.files import disk_failure, held, write_atomic
from validation.model import Project, Record

RUN_LABEL = "imagewright.run"
HOST_LABEL = "imagewright.host"
_HOST_ID = re.compile(rb"[0-9a-f]{12}")


class Run(Record, frozen=True, kw_only=True):
    """A living run: what it makes carries `labels()`, its files lie in `scratch`."""

    id: str
    host: str
    scratch: Path

    def labels(self) -> dict[str, str]:
        """Return the labels of every container that this run starts."""
        return {RUN_LABEL: self.id, HOST_LABEL: self.host}


def host_id(project: Project) -> str:
    """Return the random name of this machine's cache, made once; a damaged one is made anew.

    Runs are told apart by locks in the cache, so only containers of this cache are ours to judge:
    another machine, or another cache, may share the engine.
    """
    path = project.cache / "host-id"
    name = _read_host_id(path)
    if not name:
        # one at a time, so that two runs agree on the first one's id
        with held(path.with_name("host-id.lock")):
            name = _read_host_id(path) or secrets.token_hex(6)
            write_atomic(path, name)
    return name


def _read_host_id(path: Path) -> str:
    """Return the id that a file holds, or an empty string where it is not there or not whole."""
    try:
        text = path.read_bytes().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise disk_failure("read", path, error) from error
    return text.decode() if _HOST_ID.fullmatch(text) else ""


def _runs(project: Project) -> Path:
    return project.cache / "runs"


def _take_lock(path: Path) -> IO[bytes] | None:
    """Return the locked file at `path`, or None when another holds it or it was just removed."""
    file = open_lock(path)
    try:
        if (
            try_lock(file)
            and path.exists()
            and path.stat().st_ino == os.fstat(file.fileno()).st_ino
        ):
            return file
    except FileNotFoundError:
        pass
    file.close()
    return None


@contextlib.contextmanager
def _terminating() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception for the block, so that `finally` clauses run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {one: signal.signal(one, leave) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def open_run(project: Project) -> Iterator[Run]:
    """Open a run: its lock is held and its scratch folder there for the block.

    A SIGTERM or SIGHUP ends the block by `SystemExit`, so that containers are removed then too.
    """
    host = host_id(project)
    with contextlib.ExitStack() as stack:
        lock = None
        while lock is None:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
            path = _runs(project) / f"{name}.lock"
            lock = _take_lock(path)
        stack.enter_context(lock)
        stack.callback(path.unlink, missing_ok=True)
        scratch = _runs(project) / name
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        try:
            scratch.mkdir(mode=0o700)
        except OSError as error:
            raise disk_failure("make", scratch, error) from error
        stack.enter_context(_terminating())
        yield Run(id=name, host=host, scratch=scratch)


def _engine_lost(error: Exception) -> WorldFailed:
    """Return what to raise when the engine does not answer: containers wait for the next run."""
    return WorldFailed(
        f"the engine stopped answering while containers were removed: {error}",
        hint="imagewright engine status, then run it again: it removes what is left",
    )


def remove_container(client: docker.DockerClient, name: str) -> None:
    """Remove a container by id or name, running or not; one that is gone already is no error.

    Raises `WorldFailed` where the engine refuses or does not answer.
    """
    try:
        client.api.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:  # 409: another process is removing it
            raise WorldFailed(f"cannot remove container {name}: {error.explanation}") from error
    except (DockerException, OSError) as error:
        raise _engine_lost(error) from error


def _labelled(client: docker.DockerClient, label: str) -> list[dict[str, Any]]:
    """Return the engine's containers with a label; raises `WorldFailed` where it cannot tell."""
    try:
        return list(client.api.containers(all=True, filters={"label": label}))
    except (DockerException, OSError) as error:
        raise _engine_lost(error) from error


def remove_run(client: docker.DockerClient, run: Run) -> None:
    """Remove the containers of a run that is living still: what waits for them ends."""
    for container in _labelled(client, f"{RUN_LABEL}={run.id}"):
        remove_container(client, container["Id"])


def reap(client: docker.DockerClient | None, project: Project) -> tuple[str, ...]:
    """Remove containers and scratch folders of runs that have ended; return what was removed.

    Without an engine (`client` None) only folders; the containers wait for the next time. Raises
    `WorldFailed` where the engine stops answering.
    """
    runs = _runs(project)
    removed: list[str] = []
    with contextlib.ExitStack() as stack:
        dead: dict[str, Path] = {}
        for path in sorted(runs.glob("*.lock")) if runs.is_dir() else []:
            lock = _take_lock(path)
            if lock is not None:
                stack.enter_context(lock)
                dead[path.stem] = path
        if client is not None:
            removed += _reap_containers(client, project, dead)
        for name, path in dead.items():
            if (runs / name).exists():
                shutil.rmtree(runs / name, ignore_errors=True)
                removed.append(str(runs / name))
            path.unlink(missing_ok=True)
    return tuple(removed)


def _is_living(runs: Path, run: str) -> bool:
    path = runs / f"{run}.lock"
    if not path.exists():
        return False
    with path.open("rb") as file:
        return not try_lock(file)


def _reap_containers(
    client: docker.DockerClient, project: Project, dead: Collection[str]
) -> Iterator[str]:
    """Remove containers of the runs in `dead`, whose locks we hold, and of runs without a lock."""
    for container in _labelled(client, f"{HOST_LABEL}={host_id(project)}"):
        run = container["Labels"].get(RUN_LABEL, "")
        if run in dead or not _is_living(_runs(project), run):
            remove_container(client, container["Id"])
            yield container["Id"]
