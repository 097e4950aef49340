"""The only door to processes: argv lists, no shell, time limits, echoed, fakeable.

Imports `errors` only. A child dies with us, so that a `kill -9` of this tool leaves no build
running behind it. Tests pass a recording fake with `Runner`'s signature.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

import msgspec

from validation.errors import WorldFailed

_children: set[subprocess.Popen[bytes]] = set()


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished process left: its argv, exit status and captured text."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """True when it exited 0."""
        return self.returncode == 0


class Runner(Protocol):
    """The signature of `run`, so that a test can pass a recording fake."""

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 600,
        check: bool = True,
        stdin: bytes | None = None,
    ) -> Completed: ...


def _words(argv: Sequence[str | Path], env: Mapping[str, str]) -> list[str]:
    words = [str(word) for word in argv]
    if shutil.which(words[0], path=env.get("PATH")) is None:
        raise WorldFailed(f"program not found: {words[0]}")
    if env.get("IMAGEWRIGHT_ECHO") == "1":
        print(f"+ {shlex.join(words)}", file=sys.stderr)  # noqa: T201  (this door echoes)
    return words


def leashed(words: list[str]) -> list[str]:
    """Return argv that dies with us: util-linux's setpriv sets the parent-death signal.

    A `preexec_fn` could do the same, but runs Python between fork and exec, which may deadlock
    in a threaded process, and builds run in threads.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *words] if setpriv else words


@contextlib.contextmanager
def _followed(
    words: list[str], *, env: Mapping[str, str], cwd: Path | None, stdin: bytes | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process whose output is piped; it is killed on any way out of the block."""
    child = subprocess.Popen(
        leashed(words),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _children.add(child)
    try:
        with child:
            try:
                yield child
            except BaseException:
                child.kill()
                raise
    finally:
        _children.discard(child)


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 600,
    check: bool = True,
    stdin: bytes | None = None,
) -> Completed:
    """Run `argv` to its end and return what it left.

    `env` is added to ours; `timeout` is in seconds. Raises `WorldFailed` when the program is
    not there, runs past its time, or (with `check`) exits other than 0; the message carries the
    last lines of stderr.
    """
    environment = {**os.environ, **(env or {})}
    words = _words(argv, environment)
    with _followed(words, env=environment, cwd=cwd, stdin=stdin) as child:
        try:
            stdout, stderr = child.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            what = f"{shlex.join(words)}: no end after {timeout:.0f} s, stopped"
            raise WorldFailed(what) from error
    completed = Completed(
        argv=tuple(words),
        returncode=child.returncode,
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
    )
    if check and not completed.ok:
        tail = tuple((completed.stderr or completed.stdout).strip().splitlines()[-15:])
        raise WorldFailed(f"{shlex.join(words)}: exit {completed.returncode}", details=tail)
    return completed


def stream(
    argv: Sequence[str | Path],
    *,
    on_line: Callable[[str], None],
    log: IO[str],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 3600,
) -> int:
    """Run `argv`, hand every line of stdout and stderr to `on_line` and `log`; return its status.

    Past `timeout` seconds the process is killed and `WorldFailed` raised. On any exception (a
    Ctrl-C included) the process is ended before the exception goes on.
    """
    environment = {**os.environ, **(env or {})}
    words = _words(argv, environment)
    child = subprocess.Popen(
        leashed(words),
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    _children.add(child)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        child.kill()

    timer = threading.Timer(timeout, expire)
    timer.start()
    assert child.stdout is not None  # noqa: S101  (stdout=PIPE above; narrows the type)
    try:
        for raw in child.stdout:
            line = raw.decode(errors="replace").rstrip("\r\n")
            log.write(line + "\n")
            on_line(line)
        status = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        timer.cancel()
        child.stdout.close()
        _children.discard(child)
    if expired.is_set():
        raise WorldFailed(f"{shlex.join(words)}: no end after {timeout:.0f} s, stopped")
    return status


@contextlib.contextmanager
def output_of(
    argv: Sequence[str | Path], *, accepted: Sequence[int] = (0,), timeout: float = 3600
) -> Iterator[IO[bytes]]:
    """Run `argv` beside the block, which reads its stdout; stderr is kept for the message.

    Raises `WorldFailed` after the block when its status is not among the `accepted` ones, or when
    it was still writing `timeout` seconds after the start. Leaving the block early ends it.
    """
    words = _words(argv, os.environ)
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            leashed(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told
        )
        _children.add(child)
        timer = threading.Timer(timeout, child.kill)
        timer.start()
        assert child.stdout is not None  # noqa: S101  (stdout=PIPE above; narrows the type)
        try:
            yield child.stdout
            child.stdout.close()
            status = child.wait()
        except BaseException:
            child.kill()
            child.wait()
            raise
        finally:
            timer.cancel()
            child.stdout.close()
            _children.discard(child)
        told.seek(0)
        tail = tuple(told.read().decode(errors="replace").strip().splitlines()[-15:])
    if status not in accepted:
        raise WorldFailed(f"{shlex.join(words)}: exit {status}", details=tail)


def end_children() -> None:
    """Kill every process that is waited for, in whatever thread: for a Ctrl-C."""
    for child in tuple(_children):
        child.kill()


def start_daemon(argv: Sequence[str | Path], *, log: Path, env: Mapping[str, str]) -> int:
    """Start `argv` as a process that outlives us and return its pid.

    It gets a session of its own (no Ctrl-C of ours reaches it), / as its folder, no input, and
    `log` for all that it writes; `env` is added to our environment. Raises `WorldFailed` when
    the program is not there. Whether it came up is for the caller to ask.
    """
    environment = {**os.environ, **env}
    words = _words(argv, environment)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # posix_spawn runs no Python between fork and exec, and leaves no object that warns about a
    # child that still runs. `env -C /` execs the program, so the pid stays the same.
    return os.posix_spawnp(
        "env",
        ["env", "-C", "/", *words],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
