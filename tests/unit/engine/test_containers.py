"""Containers of a run: an engine that refuses is the world's failure, with the next step."""

import socketserver
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from validation.engine.containers import TimedOut, execute, running
from validation.engine.runs import Run
from validation.errors import WorldFailed

RUN = Run(id="r", host="h", scratch=Path("/none"))


@pytest.mark.parametrize(
    ("why", "hint"),
    [
        ("write /x/.tmp-lower7: no space left on device", "free some room"),
        ("cgroups: cannot find cgroup mount destination", "imagewright engine status"),
    ],
)
def test_a_refusal_says_the_next_step_and_what_was_begun_is_removed(why, hint):
    container = SimpleNamespace(start=Mock(side_effect=APIError("500", explanation=why)))
    client = Mock()
    client.containers.create.return_value = container
    with pytest.raises(WorldFailed, match="cannot start") as failed, running(client, "x", RUN):
        pass
    assert hint in failed.value.hint
    assert client.api.remove_container.called


class Mute(socketserver.StreamRequestHandler):
    """An engine that makes and starts a command, and then says nothing any more to anybody."""

    def handle(self):
        asked = self.rfile.readline().split()[1].decode()
        length = 0
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        if asked.endswith("/containers/c/exec"):
            body = b'{"Id": "e"}'
            self.wfile.write(
                b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            return
        if asked.endswith("/exec/e/start"):
            self.wfile.write(
                b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            )
        self.server.over.wait(20)


def test_an_engine_that_goes_mute_does_not_hold_up_a_command_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("validation.engine.containers._SETTLE_SECONDS", 0.2)
    path = tmp_path / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Mute) as server:
        server.daemon_threads = True
        server.over = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = docker.DockerClient(base_url=f"unix://{path}", version="1.43", timeout=1)
        container = Container(attrs={"Id": "c"}, client=client)
        start = time.monotonic()
        try:
            with pytest.raises(TimedOut, match="no end after 1 s"):
                execute(container, ["sleep", "100"], timeout=1)
        finally:
            server.over.set()
            client.close()
            server.shutdown()
        assert time.monotonic() - start < 10
