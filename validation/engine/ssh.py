"""Engines behind ssh:// addresses, reached as Docker's own client reaches them.

Imports process and errors. The `ssh` of the person's PATH runs `docker system dial-stdio` on the
other machine, so that keys, agents, known hosts and ~/.ssh/config count as they do everywhere.
Docker's SDK has an SSH transport too, but that one needs a further library, keeps to no time limit
and cannot hang up. So the SDK gets a unix socket of ours, and each connection to it an ssh.
"""

import atexit
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from validation.errors import BadInput, WorldFailed
from validation.process import leashed

SCHEME = "ssh://"

# Nobody is there to be asked for a password; an address that is silent is told by ssh itself.
_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
_PAUSE_SECONDS = 0.1
_TAIL_BYTES = 16_384
_LONGEST_FOLDER = 60  # of the 107 bytes that the path of a socket may have (unix(7))


def ssh_argv(host: str) -> list[str]:
    """Return the command whose input and output are the engine at ssh://[USER@]HOST[:PORT][/SOCKET].

    Raises `BadInput` for what is no such address, or has a password in it.
    """
    address = urlsplit(host)
    login, _, place = address.netloc.rpartition("@")
    try:
        port = address.port
    except ValueError:
        port = None
        place = ""
    name = place.removesuffix(f":{port}").strip("[]")  # `hostname` would lose capital letters
    if not name or ":" in login:
        why = "holds a password" if ":" in login else "names no host that ssh could reach"
        raise BadInput(
            f"the engine's address {SCHEME}… {why}",
            hint="create the context again with host=ssh://[USER@]HOST[:PORT] and a key for ssh",
        )
    words = ["ssh", *_OPTIONS]
    words += ["-l", unquote(login)] if login else []
    words += ["-p", str(port)] if port else []
    listens = address.path.rstrip("/")
    there = ["--host", shlex.quote(f"unix://{listens}")] if listens else []
    return [*words, "--", name, "docker", *there, "system", "dial-stdio"]


def _short_folder() -> Path:
    """Make a folder of mode 0700 whose path leaves room for the name of a socket."""
    long = len(tempfile.gettempdir()) > _LONGEST_FOLDER
    return Path(tempfile.mkdtemp(prefix="imagewright-ssh-", dir="/tmp" if long else None))  # noqa: S108


class Tunnel:
    """A unix socket whose every connection ends in the engine at an ssh:// address.

    It lies in a folder that only this person can enter. One thread accepts for as long as the
    tunnel is open, and starts every ssh: they die with it, however this process ends.
    """

    def __init__(self, host: str) -> None:
        """Open it; raises `BadInput` for the address, `WorldFailed` without ssh, `OSError`."""
        words = ssh_argv(host)
        if shutil.which(words[0]) is None:
            raise WorldFailed(
                f"there is no ssh here to reach {host}", hint="install openssh-client"
            )
        self._argv = leashed(words)
        self._folder = _short_folder()
        self.path = self._folder / "docker.sock"
        self._children: list[subprocess.Popen[bytes]] = []
        self._told: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (`_remove` closes it)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(str(self.path))
            self.path.chmod(0o600)
            self._listener.listen()
        except OSError:
            self._remove()
            raise
        self._thread = threading.Thread(target=self._accept, name=f"to {host}", daemon=True)
        self._thread.start()

    def said(self) -> str:
        """Return the last line that the newest ssh wrote to stderr, such as why it gave up."""
        with self._lock:
            handle = self._told.fileno()
            start = max(0, os.fstat(handle).st_size - _TAIL_BYTES)
            # read without moving the place that ssh writes to
            text = os.pread(handle, _TAIL_BYTES, start).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def close(self) -> None:
        """End every connection and remove the socket; a second time does nothing."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._thread.join()
        for child in self._children:
            child.kill()
            child.wait()
        self._remove()

    def _remove(self) -> None:
        self._listener.close()
        self._told.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # it was closed, or there are too many open files for a moment
                self._closed.wait(_PAUSE_SECONDS)
                continue
            with connection:
                self._start(connection)

    def _start(self, connection: socket.socket) -> None:
        """Hand a connection to an ssh of its own; who connected sees its end where that fails."""
        self._children = [child for child in self._children if child.poll() is None]
        try:
            told = tempfile.TemporaryFile()  # noqa: SIM115  (read for as long as it is the newest)
        except OSError:
            return
        with self._lock:
            self._told.close()
            self._told = told
        try:
            child = subprocess.Popen(
                self._argv,
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=told,
                start_new_session=True,  # a Ctrl-C is for us: containers are removed after it
            )
        except OSError as error:
            told.write(f"ssh cannot be started: {error.strerror}".encode())
            told.flush()
            return
        self._children.append(child)


_tunnels: dict[str, Tunnel] = {}
_opening = threading.Lock()


def tunnel_to(host: str) -> Tunnel:
    """Return this process's tunnel to an ssh:// address, opened once; raises as `Tunnel` does."""
    with _opening:
        if host not in _tunnels:
            _tunnels[host] = Tunnel(host)
        return _tunnels[host]


def said_of(host: str) -> str:
    """Return what the newest ssh to an address said last, "" where it was silent or never began."""
    tunnel = _tunnels.get(host)
    return tunnel.said() if tunnel else ""


def close_tunnels() -> None:
    """Close every tunnel of this process."""
    with _opening:
        while _tunnels:
            _tunnels.popitem()[1].close()


atexit.register(close_tunnels)
