"""The container that an image is proven in: hardened, watched, spoken to.

Imports engine.containers, engine.runs, prove's archive and built, errors, and Docker's SDK.
Files go in and out as archives, never as mounts of the host's folders: a remote engine serves too.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import DeviceRequest, LogConfig, Mount

from validation.engine.containers import execute, running
from validation.engine.runs import Run
from validation.errors import WorldFailed
from validation.model import Image
from validation.prove.archive import pack, unpack
from validation.prove.built import engine_failure

DATA = "/var/lib/imagewright"
_MEMORY = {"cpu": "4g", "cuda": "16g"}
"""Enough for the smoke run several times over; a leak ends the container, not the machine."""

_MEMORY_WITH_GPUS = "64g"
"""A process with a CUDA context takes 1 to 3 GB of the host's memory, and NCCL has one per GPU."""

_LOG_LINES = 15
_NANOSECONDS = 1_000_000_000
_MARGIN_SECONDS = 10
_SETTLE_SECONDS = 3
_KILLED = 137  # 128 + SIGKILL


class ContainerEnded(WorldFailed):
    """The container under proof died, was removed, or was killed for running past its time."""


@contextmanager
def proving(
    client: DockerClient, image: Image, image_id: str, run: Run, gpu: Sequence[DeviceRequest]
) -> Iterator[Container]:
    """Start an image's default command for the block, with no more rights than a service needs.

    No network, no capabilities, a read-only root, /tmp in memory, and the data folder in a
    volume that goes with the container. The service of an image for GPUs is told which device to
    use, so that it neither needs a GPU that is not there nor passes over one that is.
    """
    memory = _MEMORY_WITH_GPUS if gpu else _MEMORY[image.device]
    told = {"IMAGEWRIGHT_DEVICE": "cuda" if gpu else "cpu"} if image.device == "cuda" else {}
    with running(
        client,
        image_id,
        run,
        network="none",
        environment=told,
        name_hint=f"prove-{image.id}"[:48],
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        read_only=True,
        tmpfs={"/tmp": "rw,nosuid,nodev,size=512m,mode=1777"},  # noqa: S108  (in the container)
        mounts=[Mount(target=DATA, source=None, type="volume")],
        mem_limit=memory,
        pids_limit=8192 if gpu else 1024,  # threads count, and libraries start one per processor
        shm_size="1g" if gpu else "256m",
        log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "20m"}),
        device_requests=list(gpu),
    ) as container:
        yield container


def end_of(container: Container) -> str:
    """Return why a container no longer runs, or an empty string while it does.

    Raises `WorldFailed` when it is the engine that does not answer.
    """
    try:
        container.reload()
    except NotFound:
        return "the container was removed by someone else"
    except (DockerException, OSError) as error:
        raise engine_failure(error) from error
    state = container.attrs["State"]
    if state["Running"] and not state["Paused"]:
        return ""
    if state["Paused"]:
        return "the container is paused"
    why = ", out of memory" if state.get("OOMKilled") else ""
    told = f": {state['Error']}" if state.get("Error") else ""
    return f"the container ended with exit code {state['ExitCode']}{why}{told}"


def last_lines(container: Container, lines: int = _LOG_LINES) -> tuple[str, ...]:
    """Return the last lines that a container wrote, none where it is gone."""
    try:
        return tuple(container.logs(tail=lines).decode(errors="replace").splitlines())
    except (DockerException, OSError):
        return ()


def health_limit(container: Container) -> float:
    """Return how long a container may stay "starting", in seconds: as its HEALTHCHECK declares.

    That is the start period and then as many failing checks as are allowed, each with its
    interval and its time limit (docs.docker.com/reference/dockerfile/#healthcheck, with its
    defaults where the image does not say).
    """
    declared = (container.attrs["Config"].get("Healthcheck") or {}).get
    interval = (declared("Interval") or 30 * _NANOSECONDS) / _NANOSECONDS
    timeout = (declared("Timeout") or 30 * _NANOSECONDS) / _NANOSECONDS
    start = (declared("StartPeriod") or 0) / _NANOSECONDS
    return float(start + (declared("Retries") or 3) * (interval + timeout) + _MARGIN_SECONDS)


def wait_until_settled(container: Container) -> str:
    """Wait until the engine calls a container healthy or unhealthy; return why it ended instead.

    An empty string is no verdict about its health: that is for a check. A container without a
    HEALTHCHECK settles at once.
    """
    limit = time.monotonic() + health_limit(container)
    while time.monotonic() < limit:
        ended = end_of(container)
        if ended or container.health != "starting":
            return ended
        time.sleep(0.5)
    return ""


def command(
    container: Container, argv: Sequence[str], timeout: float, on_line: Callable[[str], None]
) -> tuple[int, str]:
    """Run a command in the container; return (exit status, output).

    Raises `ContainerEnded` with the container's last lines when it died or ran past `timeout`
    seconds, `WorldFailed` when the engine is to blame.
    """
    try:
        status, text = execute(container, argv, timeout, on_line)
    except WorldFailed as error:
        ended = _end_after(container)
        if not ended:
            raise
        details = (*error.details, *last_lines(container))
        raise ContainerEnded(f"{error.what} ({ended})", details=details) from error
    ended = _end_after(container) if status == _KILLED else ""
    if ended:
        details = (*text.splitlines()[-5:], *last_lines(container))
        raise ContainerEnded(f"{ended} while {' '.join(argv[:4])} ran in it", details=details)
    return status, text


def _end_after(container: Container) -> str:
    """Return why a container ended, given a moment: its processes die before the engine knows."""
    limit = time.monotonic() + _SETTLE_SECONDS
    while not (ended := end_of(container)) and time.monotonic() < limit:
        time.sleep(0.1)
    return ended


def restart(container: Container) -> None:
    """End the container's command in order and start it again; its data folder stays."""
    try:
        container.restart(timeout=10)
    except (APIError, OSError) as error:
        ended = end_of(container)
        if ended:
            raise ContainerEnded(ended, details=last_lines(container)) from error
        raise WorldFailed(f"cannot start {container.name} again: {error}") from error


def put_files(container: Container, folder: str, files: Sequence[Path]) -> None:
    """Copy files to a new folder of the data folder; raises as `command` does."""
    try:
        container.put_archive(DATA, pack(files, folder))
    except (APIError, OSError) as error:
        raise _failed_copy(container, error) from error


def get_files(container: Container, folder: str, to: Path) -> tuple[Path, ...]:
    """Copy the regular files of a folder of the data folder to `to`; () if it is not there.

    Raises as `command` does.
    """
    try:
        chunks, _ = container.get_archive(f"{DATA}/{folder}")
        return unpack(chunks, to)
    except NotFound as error:
        if end_of(container):
            raise _failed_copy(container, error) from error
        return ()
    except (APIError, OSError) as error:
        raise _failed_copy(container, error) from error


def _failed_copy(container: Container, error: Exception) -> WorldFailed:
    ended = end_of(container)
    if ended:
        return ContainerEnded(ended, details=last_lines(container))
    return WorldFailed(f"cannot copy files with {container.name}: {error}")
