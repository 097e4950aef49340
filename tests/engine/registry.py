"""Debian's docker-registry on loopback, raw pushes into it, and a proxy that spoils answers."""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def unpack(folder):
    """Return the registry's program out of the distribution's package; nothing is installed."""
    folder.chmod(0o777)  # apt downloads as its own user
    subprocess.run(["apt-get", "download", "-q", "docker-registry"], cwd=folder, check=True)
    (package,) = folder.glob("docker-registry_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
    return folder / "root/usr/bin/docker-registry"


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


class Registry:
    """A running registry: push, move and delete tags by raw API calls."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, body, named, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()

    def blob(self, repository, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        _, headers, _ = self.call("POST", f"/v2/{repository}/blobs/uploads/", b"")
        where = headers["Location"]
        joint = "&" if "?" in where else "?"
        kind = "application/octet-stream"
        self.call("PUT", f"{where}{joint}digest={digest}", data, Content_Type=kind)
        return digest

    def image(self, repository, tag, *, env=(), labels=None, created="2024-01-01T00:00:00Z"):
        """Push an image without layers worth the name; return its digest."""
        config = {
            "created": created, "os": "linux", "architecture": "amd64",
            "config": {"Env": list(env), "Labels": labels or {}},
            "rootfs": {"type": "layers", "diff_ids": []},
        }  # fmt: skip
        data, layer = json.dumps(config).encode(), b"layer"
        manifest = {
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(data), "digest": self.blob(repository, data),
            },
            "layers": [{
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                "size": len(layer), "digest": self.blob(repository, layer),
            }],
        }  # fmt: skip
        return self.manifest(repository, tag, manifest)

    def manifest(self, repository, tag, manifest):
        data = json.dumps(manifest).encode()
        self.call(
            "PUT", f"/v2/{repository}/manifests/{tag}", data, Content_Type=manifest["mediaType"]
        )
        return "sha256:" + hashlib.sha256(data).hexdigest()

    def index(self, repository, tag, digests):
        """Push an index over images by platform, an attestation before them."""
        manifests = []
        for platform, digest in digests.items():
            os_name, architecture = platform.split("/")
            _, headers, _ = self.call(
                "HEAD", f"/v2/{repository}/manifests/{digest}", Accept=MANIFEST
            )
            manifests.append({
                "mediaType": MANIFEST, "digest": digest, "size": int(headers["Content-Length"]),
                "platform": {"os": os_name, "architecture": architecture},
            })  # fmt: skip
        table = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
        return self.manifest(repository, tag, table)

    def delete(self, repository, digest):
        self.call("DELETE", f"/v2/{repository}/manifests/{digest}")


@contextlib.contextmanager
def running(program, folder):
    """Run a registry that keeps its files in `folder`."""
    port = free_port()
    settings = folder / "config.yml"
    settings.write_text(
        f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [program, "serve", settings], stdout=log, stderr=log, env={"PATH": os.environ["PATH"]}
        )
    try:
        registry = Registry(f"http://127.0.0.1:{port}")
        for _ in range(100):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                registry.call("GET", "/v2/")
                break
            time.sleep(0.1)
        yield registry
    finally:
        child.terminate()
        child.wait(10)


class Spoiler:
    """What the proxy does to requests: `spoil(handler, path)` returns True when it answered."""

    def __init__(self, url):
        self.url = url
        self.requests = []
        self.spoil = lambda handler, path: False  # noqa: ARG005  (the signature of all)
        self.added = {}
        self.delay = 0.0
        self.cut = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    """Passes a request on to `host`, unless `spoiler` answers it; subclasses set both."""

    spoiler: Spoiler
    host: str

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for its headers' acknowledgement

    def setup(self):
        super().setup()
        self.behind = http.client.HTTPConnection(self.host, timeout=10)

    def finish(self):
        self.behind.close()
        super().finish()

    def answer(self, status, headers, body=b"", length=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.spoiler.requests.append((self.command, self.path, dict(self.headers)))
        time.sleep(self.spoiler.delay)
        if self.spoiler.spoil(self, self.path):
            return
        kinds = self.headers.get_all("Accept", [])
        accept = {"Accept": ", ".join(kinds)} if kinds else {}
        self.behind.request(self.command, self.path, headers=accept)
        got = self.behind.getresponse()
        body = got.read()
        dropped = {"content-length", "transfer-encoding", "connection", "date"}
        headers = {k: v for k, v in got.getheaders() if k.lower() not in dropped}
        length = int(got.headers.get("Content-Length", len(body)))  # absent where chunked
        if self.spoiler.cut and self.spoiler.cut in self.path and self.command == "GET":
            body, self.close_connection = body[: len(body) // 2], True
        self.answer(got.status, headers | self.spoiler.added, body, length)

    def do_POST(self):
        self.form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.do_GET()

    do_HEAD = do_GET  # noqa: N815  (http.server names it so)

    def log_message(self, *_):
        """Stay quiet."""


@contextlib.contextmanager
def spoiled(registry):
    """Run a proxy in front of a registry."""
    spoiler = Spoiler("")
    host = registry.url.removeprefix("http://")
    handler = type("Handler", (_Handler,), {"spoiler": spoiler, "host": host})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    spoiler.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield spoiler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
