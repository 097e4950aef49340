"""A proxy in front of a real index or registry that spoils what a fault tells it to spoil."""

import contextlib
import re
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

_PASSED_ON = ("Accept", "Authorization", "Range")
_DROPPED = {"content-length", "transfer-encoding", "connection", "date", "content-encoding"}
_STALL_SECONDS = 90
KINDS = ("stall", "reset", "429", "500", "truncated")


class Spoil(NamedTuple):
    """What to do to requests whose path matches: to all after the first `after`, `times` times."""

    kind: str
    path: str = ""
    after: int = 0
    times: int = 10**9


class Proxy:
    """A running proxy: its address, what it spoils now, and the paths that were asked."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self.upstream = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path.rstrip("/")
        self.host = ""
        self.asked: list[str] = []
        self.hit = 0
        self._spoil: Spoil | None = None
        self._seen = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return self.host + self.prefix

    @contextlib.contextmanager
    def spoiling(self, spoil: Spoil) -> Iterator[None]:
        """Spoil requests for the block."""
        self._spoil, self._seen, self.hit = spoil, 0, 0
        try:
            yield
        finally:
            self._spoil = None

    def verdict(self, path: str) -> str:
        """Return how the request is spoiled, or an empty string."""
        with self._lock:
            self.asked.append(path)
            spoil = self._spoil
            if spoil is None or not re.search(spoil.path, path):
                return ""
            self._seen += 1
            if not spoil.after < self._seen <= spoil.after + spoil.times:
                return ""
            self.hit += 1
            return spoil.kind

    def target(self, path: str) -> str:
        """Return the real address of a path here: files may lie on another host."""
        found = re.match(r"/-/(https?)/([^/]+)(/.*)", path)
        return f"{found[1]}://{found[2]}{found[3]}" if found else self.upstream + path

    def rewritten(self, body: bytes) -> bytes:
        """Return an index page whose files come through here too."""
        return re.sub(rb"\b(https?)://([A-Za-z0-9.:-]+)/", self._here, body)

    def _here(self, found: re.Match[bytes]) -> bytes:
        return self.host.encode() + b"/-/" + found[1] + b"/" + found[2] + b"/"


def _reset(connection: socket.socket) -> None:
    """Close with a reset instead of an end: SO_LINGER of zero seconds (socket(7))."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class _Handler(BaseHTTPRequestHandler):
    """Passes requests on, or spoils them as the server's proxy says."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        kind = self.server.proxy.verdict(self.path)
        if kind == "stall":
            time.sleep(_STALL_SECONDS)
        if kind in {"stall", "reset"}:
            self.close_connection = True
            _reset(self.connection)
        elif kind.isdigit():
            headers = {"Retry-After": "1"} if kind == "429" else {}
            self._answer(int(kind), headers, b"spoiled\n")
        else:
            self._pass_on(truncate=kind == "truncated")

    do_HEAD = do_GET  # noqa: N815  (http.server names it so)

    def _pass_on(self, *, truncate: bool) -> None:
        proxy = self.server.proxy
        given = {name: self.headers.get_all(name) or [] for name in _PASSED_ON}
        headers = {name: ", ".join(values) for name, values in given.items() if values}
        request = urllib.request.Request(
            proxy.target(self.path), headers=headers, method=self.command
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, got, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, got, body = error.code, error.headers, error.read()
        kept = {k: v for k, v in got.items() if k.lower() not in _DROPPED}
        if re.search("html|pypi.simple", got.get("Content-Type", "")):
            body = proxy.rewritten(body)
        head = self.command == "HEAD"
        length = int(got.get("Content-Length") or 0) if head else len(body)
        if truncate and body:
            body, self.close_connection = body[: len(body) // 2], True
        self._answer(status, kept, body, length)

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


@contextlib.contextmanager
def proxy_of(upstream: str) -> Iterator[Proxy]:
    """Run a proxy in front of `upstream`, an address, on loopback."""
    proxy = Proxy(upstream)
    server = _Server(proxy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    proxy.host = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
