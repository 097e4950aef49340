"""Containers of a run: started, spoken to, and removed whatever happens.

Imports runs, errors and Docker's SDK.
"""

import codecs
import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.models.containers import Container

from validation.engine.runs import Run, remove_container
from validation.errors import WorldFailed

_SETTLE_SECONDS = 5
"""What a killed container's streams get to end by themselves."""


class TimedOut(WorldFailed):
    """A command in a container ran past its time; the container has been killed."""


def _ignore(_: str) -> None:
    """Listen to nothing."""


def _why(error: Exception) -> str:
    return str(getattr(error, "explanation", "") or error)


def _next_step(why: str) -> str:
    """Return what to do where an engine refuses to do something with a container."""
    if "no space left on device" in why:
        return "free some room on the engine's disk, then run it again"
    return "imagewright engine status, then run it again"


@contextlib.contextmanager
def running(
    client: docker.DockerClient,
    image: str,
    run: Run,
    *,
    command: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    volumes: Mapping[str, Mapping[str, str]] | None = None,
    network: str = "none",
    name_hint: str = "",
    **options: Any,  # noqa: ANN401  (the SDK's own keywords, of any type)
) -> Iterator[Container]:
    """Start a container of `image` for the block, and remove it on any way out of it.

    `volumes` is {host path or volume: {"bind": path, "mode": "ro" | "rw"}}; `options` go to the
    SDK's `containers.create` as they are (device_requests, shm_size …). Raises `WorldFailed`
    when the image is not there or the engine cannot start it.
    """
    # known before the engine is asked, so that an interrupt in the middle leaves nothing
    name = "-".join(filter(None, ["imagewright", name_hint, secrets.token_hex(4)]))
    try:
        try:
            container = client.containers.create(
                image,
                command=list(command) if command is not None else None,
                environment=dict(environment or {}),
                volumes={path: dict(mount) for path, mount in (volumes or {}).items()},
                network_mode=network,
                labels=run.labels(),
                name=name,
                **options,
            )
            container.start()
        except ImageNotFound as error:
            raise WorldFailed(f"no image {image}", hint="imagewright build") from error
        except APIError as error:
            why = _why(error)
            raise WorldFailed(
                f"cannot start a container of {image}: {why}", hint=_next_step(why)
            ) from error
        except (DockerException, OSError) as error:
            raise WorldFailed(
                f"the engine does not answer: {error}", hint="imagewright engine status"
            ) from error
        yield container
    finally:
        remove_container(client, name)


def _lines(chunks: Iterable[bytes], on_line: Callable[[str], None]) -> str:
    """Hand each whole line on as it comes; return all of the text."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    told: list[str] = []
    rest = ""
    for chunk in chunks:
        text = decoder.decode(chunk)
        told.append(text)
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            on_line(line.rstrip("\r"))
    if rest:
        on_line(rest.rstrip("\r"))
    return "".join(told)


def _hang_up(stream: Any) -> None:  # noqa: ANN401  (the SDK's CancellableStream, which has no type)
    """Close an exec's connection: the SDK's `close` leaves the response that holds the socket."""
    with contextlib.suppress(OSError):  # the engine may have hung up first
        stream.close()
    stream._response.close()


def execute(
    container: Container,
    argv: Sequence[str],
    timeout: float,
    on_line: Callable[[str], None] = _ignore,
    *,
    user: str = "",
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a command in a running container; return its exit status and output (both streams).

    Past `timeout` seconds the container is killed, which ends the command wherever the engine
    is, and `TimedOut` is raised with the last lines. Raises `WorldFailed` when the container
    dies meanwhile or is not running.
    """
    assert container.client is not None  # noqa: S101  (it came from a client; narrows the type)
    assert container.id is not None  # noqa: S101  (it was created; narrows the type)
    name = container.id
    api = container.client.api
    expired, ended = threading.Event(), threading.Event()
    streams: list[Any] = []

    def expire() -> None:
        expired.set()
        with contextlib.suppress(DockerException, OSError):
            api.kill(name, "SIGKILL")
        if not ended.wait(_SETTLE_SECONDS):  # an engine that is mute ends no stream
            for stream in streams:
                with contextlib.suppress(OSError):
                    stream.close()  # the connection only: who reads from it sees its end

    timer = threading.Timer(timeout, expire)
    timer.daemon = True
    timer.start()
    try:
        made = api.exec_create(name, list(argv), user=user, environment=dict(environment or {}))
        stream = api.exec_start(made["Id"], stream=True)
        streams.append(stream)
        try:
            text = _lines(stream, on_line)
        finally:
            ended.set()
            _hang_up(stream)
        if expired.is_set():
            raise _timed_out(argv, timeout, text)
        status = api.exec_inspect(made["Id"])["ExitCode"]
        alive = api.inspect_container(name)["State"]["Running"]
    except (APIError, OSError) as error:
        if expired.is_set():
            raise _timed_out(argv, timeout, "") from error
        why = _why(error)
        raise WorldFailed(
            f"cannot run {argv[0]} in {container.name}: {why}", hint=_next_step(why)
        ) from error
    finally:
        timer.cancel()
    if status is None or not alive:
        raise WorldFailed(
            f"the container died while {argv[0]} ran in it",
            details=tuple(text.splitlines()[-10:]),
        )
    return int(status), text


def _timed_out(argv: Sequence[str], timeout: float, text: str) -> TimedOut:
    return TimedOut(
        f"{' '.join(argv)}: no end after {timeout:.0f} s, the container was killed",
        details=tuple(text.splitlines()[-10:]),
    )
