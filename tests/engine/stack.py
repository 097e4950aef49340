"""The services as a person runs them: by compose, from the repository's own files."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .conftest import REPOSITORY, ROOT


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Stack:
    """One compose project; on an engine without networks of its own, by the override."""

    def __init__(self, compose: Path, environment: dict[str, str], *, host_only: bool) -> None:
        files = ["compose.yaml", *(["compose.host.yaml"] if host_only else [])]
        self._argv = [str(compose), "--project-name", f"imagewright-checklist-{os.getpid()}"]
        self._argv += [word for file in files for word in ("--file", str(ROOT / file))]
        self.training, self.inference = free_port(), free_port()
        self._environment = {
            **environment,
            "IMAGEWRIGHT_REPOSITORY": REPOSITORY,
            "IMAGEWRIGHT_NICE": "0",  # what else runs here would go first
            "TRAINING_PORT": str(self.training),
            "INFERENCE_PORT": str(self.inference),
        }

    def compose(self, *words: str, text: str | None = None, check: bool = True) -> str:
        """Run one compose verb; returns its output."""
        done = subprocess.run(
            [*self._argv, *words],
            input=text,
            capture_output=True,
            text=True,
            timeout=300,
            env=self._environment,
            check=False,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Return status and content; 0 where nobody answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()
        except OSError:
            return 0, b"{}"

    def told(self, port: int, path: str) -> dict:
        """Return decoded JSON of a GET."""
        return json.loads(self.ask(port, "GET", path)[1])

    def submit(self, **settings: object) -> str:
        """Queue a job; returns its id."""
        status, content = self.ask(self.training, "POST", "/jobs", settings)
        assert status == 201, content
        return str(json.loads(content)["id"])

    def until(self, port: int, path: str, reached, limit: float = 300) -> dict:
        """Return what a GET says once `reached` holds of it; fails after `limit` seconds."""
        last = time.monotonic() + limit
        told: dict = {}
        while time.monotonic() < last:
            told = self.told(port, path)
            if told and reached(told):
                return told
            time.sleep(0.2)
        raise AssertionError(f"{path} never came to that: {told}\n{self.compose('logs')[-3000:]}")

    def ended(self, job: str) -> dict:
        """Return a job that has ended."""
        return self.until(self.training, f"/jobs/{job}", lambda told: told["ended"] is not None)
