"""Services started as a container starts them: a process, a real socket, a data folder."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import trainer

ROOT = str(Path(trainer.__file__).parent.parent)


class Service:
    def __init__(self, process, port):
        self.process, self.port = process, port

    def fetch(self, method, path, body=None, headers=None):
        """Return status, headers and bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def ask(self, method, path, body=None, headers=None):
        """Return status and decoded JSON."""
        status, _, content = self.fetch(method, path, body, headers)
        return status, json.loads(content) if content else None

    def post(self, path, value, **headers):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", path, body, {"content-type": "application/json", **headers})

    def predict(self, value):
        return self.post("/predict", value)

    def settled(self, limit=90):
        """Return the first answer of /health that is a verdict: importing torch takes a while."""
        last = time.monotonic() + limit
        while time.monotonic() < last:
            status, told = self.ask("GET", "/health")
            if told["status"] != "starting":
                break
        return status, told

    def job(self, identity):
        return self.ask("GET", f"/jobs/{identity}")[1]

    def until(self, identity, reached, limit=240):
        """Return the job once `reached(job)` holds; fails after `limit` seconds."""
        last = time.monotonic() + limit
        while time.monotonic() < last:
            job = self.job(identity)
            if reached(job):
                return job
            time.sleep(0.05)
        raise AssertionError(f"never reached; at the end: {job}")

    def ended(self, identity, limit=240):
        return self.until(identity, lambda job: job["ended"] is not None, limit)


@contextlib.contextmanager
def running(verb, data, *, stops=True, **environment):
    """Start a service on a free port; with `stops` it must exit 0 on SIGTERM at the end."""
    told = {"IMAGEWRIGHT_HOST": "127.0.0.1", "IMAGEWRIGHT_PORT": "0", "PYTHONPATH": ROOT}
    told["IMAGEWRIGHT_NICE"] = "0"  # tests wait for jobs, and other work here would go first
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", verb],
        env={**os.environ, **told, "IMAGEWRIGHT_DATA": str(data), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r"listening on .*:(\d+)", process.stdout.readline())
        assert found, process.communicate(timeout=10)
        yield Service(process, int(found.group(1)))
        if stops:
            process.send_signal(signal.SIGTERM)
            _, complaint = process.communicate(timeout=15)
            assert process.returncode == 0, complaint
            assert "Traceback" not in complaint
    finally:
        process.kill()
        process.communicate()


def asked_by_health(trainer_command, port):
    """Run the verb `health` against a port; it answers within 5 s and knows no proxies."""
    environment = {"IMAGEWRIGHT_HOST": "", "IMAGEWRIGHT_PORT": str(port)}
    started = time.monotonic()
    done = trainer_command(
        "health", environment={**environment, "http_proxy": "http://127.0.0.1:9"}
    )
    assert time.monotonic() - started < 5
    return done
