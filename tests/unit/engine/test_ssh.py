"""An engine behind ssh://: a fake `ssh` reaches a small engine of the test's own."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import pytest
from msgspec.structs import replace

from tests.unit.engine.test_bases import ENGINE
from validation.engine import client as room
from validation.engine import ssh
from validation.engine.ssh import Tunnel, ssh_argv
from validation.errors import BadInput, WorldFailed

HOST = "ssh://ci@Far.example:2222"
TOLD = {
    "/version": {"Version": "27.0.1", "ApiVersion": "1.46", "Os": "linux"},
    "/info": {"DockerRootDir": "/far/docker", "Labels": []},
}
# What ssh and `docker system dial-stdio` come to: bytes both ways between us and a socket.
FAKE = """#!{python}
import json, os, socket, sys, threading
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if {refusal!r}:
    sys.exit(sys.stderr.write("a banner\\r\\n" + {refusal!r} + "\\r\\n") and 255)
far = socket.socket(socket.AF_UNIX)
far.connect({engine!r})
def send():
    try:
        while data := os.read(0, 65536):
            far.sendall(data)
    except OSError:  # a client that hangs up with an answer unread resets the connection
        pass
    far.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := far.recv(65536):
    os.write(1, data)
"""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.endswith("/slow"):
            time.sleep(3)
        name = "/" + self.path.rpartition("/")[2]
        body = json.dumps(TOLD.get(name, {})).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        """Stay quiet."""


class _Engine(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Say nothing of clients that hang up."""


class Far:
    """A machine behind a fake ssh: what was asked of it, and what its sshd says when it refuses."""

    def __init__(self, folder, monkeypatch):
        self.log = folder / "ssh.log"
        self.engine = folder / "far.sock"
        self._program = folder / "bin/ssh"
        self._program.parent.mkdir()
        self.refuse("")
        monkeypatch.setenv("PATH", f"{self._program.parent}{os.pathsep}{os.environ['PATH']}")

    def refuse(self, why):
        self._program.write_text(
            FAKE.format(
                python=sys.executable, log=str(self.log), refusal=why, engine=str(self.engine)
            )
        )
        self._program.chmod(0o755)

    @property
    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def far(tmp_path, monkeypatch):
    one = Far(tmp_path, monkeypatch)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    with _Engine(str(one.engine), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield one
        ssh.close_tunnels()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("host", "to"),
    [
        ("ssh://far", ["--", "far"]),
        ("ssh://ci@Far.example:2222", ["-l", "ci", "-p", "2222", "--", "Far.example"]),
        ("ssh://ci%40corp@far/", ["-l", "ci@corp", "--", "far"]),
        ("ssh://[fe80::1]:22", ["-p", "22", "--", "fe80::1"]),
        ("ssh://-oProxyCommand=x", ["--", "-oProxyCommand=x"]),
    ],
)
def test_an_address_is_what_dockers_client_makes_of_it(host, to):
    words = ssh_argv(host)
    assert words[0] == "ssh"
    assert "BatchMode=yes" in words
    assert words[words.index(to[0]) :] == [*to, "docker", "system", "dial-stdio"]


def test_an_address_may_name_the_engines_own_socket():
    words = ssh_argv("ssh://far/run/user/1 0/docker.sock")
    assert words[-4:] == ["--host", "'unix:///run/user/1 0/docker.sock'", "system", "dial-stdio"]


@pytest.mark.parametrize("host", ["ssh://", "ssh://ci@", "ssh://far:port", "ssh://ci:secret@far"])
def test_an_address_that_ssh_cannot_take_is_bad_input_without_its_password(host):
    with pytest.raises(BadInput) as caught:
        ssh_argv(host)
    assert "secret" not in caught.value.what
    assert "host=ssh://" in caught.value.hint


def test_an_engine_behind_ssh_answers(far):
    answer = room.ask(HOST, "context far")
    assert (answer.problem, answer.version, answer.data_root) == ("", "27.0.1", "/far/docker")
    assert answer.host == HOST  # the client and buildx go there by themselves
    client = room.connect(replace(ENGINE, host=HOST))
    try:
        assert client.info()["DockerRootDir"] == "/far/docker"
    finally:
        client.close()
    assert all(call[-4:] == ["Far.example", "docker", "system", "dial-stdio"] for call in far.calls)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("ci@far: Permission denied (publickey).", "ssh: ci@far: Permission denied (publickey)."),
        ("ssh: connect to host far port 22: No route to host",) * 2,
    ],
)
def test_what_ssh_itself_says_is_the_problem(far, said, problem):
    far.refuse(said)
    assert room.ask(HOST, "context far").problem == problem
    with pytest.raises(WorldFailed, match="does not answer"):
        room.connect(replace(ENGINE, host=HOST))


@pytest.mark.usefixtures("far")
def test_without_an_ssh_that_is_the_problem(monkeypatch):
    monkeypatch.setattr(ssh.shutil, "which", lambda _: None)
    assert "no ssh here" in room.ask(HOST, "context far").problem
    assert "password" in room.ask("ssh://ci:secret@far", "context far").problem


@pytest.mark.usefixtures("far")
def test_a_socket_that_cannot_be_made_is_no_exception(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert room.ask(HOST, "context far").problem == "does not answer"


def test_time_limits_hold(far):
    client = room._open(HOST, 1)
    start = time.monotonic()
    with pytest.raises(OSError, match="timed out"):
        client.api.get("http+docker://localhost/slow", timeout=0.3)
    assert time.monotonic() - start < 2
    client.close()
    assert far.calls


def only_child(tunnel):
    """Return the one ssh of a tunnel: an answer may be here before its start has been noted."""
    end = time.monotonic() + 10
    while not tunnel._children and time.monotonic() < end:
        time.sleep(0.01)
    (child,) = tunnel._children
    return child


@pytest.mark.usefixtures("far")
def test_only_this_person_reaches_the_socket_and_nothing_is_left():
    tunnel = Tunnel(HOST)
    assert stat.S_IMODE(tunnel.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(tunnel.path.parent.stat().st_mode) == 0o700
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(tunnel.path))
        one.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(12) == b"HTTP/1.1 200"
        child = only_child(tunnel)
        assert child.poll() is None
        tunnel.close()
        assert child.returncode is not None
    assert not tunnel.path.parent.exists()
    tunnel.close()


def test_a_long_folder_for_temporary_files_leaves_room_for_a_socket(far, tmp_path, monkeypatch):
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    assert room.ask(HOST, "x").version == "27.0.1"
    assert far.calls


@pytest.mark.usefixtures("far")
def test_each_ssh_ends_with_its_connection():
    tunnel = Tunnel(HOST)
    with contextlib.closing(tunnel):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(tunnel.path))
            one.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
            assert one.recv(12) == b"HTTP/1.1 200"
            child = only_child(tunnel)
        assert child.wait(10) == 0


@pytest.mark.usefixtures("far")
def test_children_die_with_a_process_that_is_killed(tmp_path):
    script = (
        "import socket, sys, time\n"
        "from validation.engine.ssh import tunnel_to\n"
        f"tunnel = tunnel_to({HOST!r})\n"
        "one = socket.socket(socket.AF_UNIX)\n"
        "one.connect(str(tunnel.path))\n"
        "one.sendall(b'GET /version HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
        "one.recv(12)\n"
        "while not tunnel._children: time.sleep(0.01)\n"
        "print(tunnel._children[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        child = int(process.stdout.readline())
        os.kill(child, 0)
        process.kill()
    for _ in range(100):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.05)
                continue
        break
    else:
        pytest.fail("ssh outlived the process that started it")
