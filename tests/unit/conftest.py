"""A bound on memory, and a web server of our own on loopback for tests that want an answer."""

import contextlib
import resource
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

# What runs away fails by itself instead of taking the machine with it; in bytes of address space.
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, resource.getrlimit(resource.RLIMIT_AS)[1]))


@dataclass
class Reply:
    """What the server says: `length` lies about the body's, `hang` waits until the test is over."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    length: int | None = None
    hang: bool = False


class Served:
    """A running server: what it answers by path (with query), what it was asked, forms sent to it.

    A path's answer is a Reply, or several that are given one after the other (the last one stays),
    or a function of the request's headers.
    """

    def __init__(self) -> None:
        self.routes = {}
        self.requests = []
        self.forms = []
        self.over = threading.Event()
        self.url = ""

    def paths(self):
        return [path for path, _ in self.requests]

    def reply(self, path, headers) -> Reply:
        found = self.routes.get(path)
        if callable(found):
            return found(headers)
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found or Reply(status=404)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_) -> None:
        """Say nothing of clients that hang up: many a test is about just that."""


@contextlib.contextmanager
def running():
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            named = {name.title(): value for name, value in self.headers.items()}
            served.requests.append((self.path, named))
            reply = served.reply(self.path, self.headers)
            if reply.hang:
                served.over.wait(20)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = reply.length is not None

        def do_POST(self) -> None:
            served.forms.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.do_GET()

        def log_message(self, *_) -> None:
            """Stay quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def served():
    with running() as one:
        yield one


@pytest.fixture
def elsewhere():
    """Another host: another port is another origin."""
    with running() as one:
        yield one


@pytest.fixture
def reply():
    return Reply
