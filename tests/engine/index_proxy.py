"""A package index with a password: a loopback proxy that asks for it before the real index answers.

Only index pages pass through; files keep their own addresses.
"""

import base64
import contextlib
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Index(NamedTuple):
    """The proxy's address with its password in it, and the paths that it served."""

    url: str
    served: list[str]


@contextlib.contextmanager
def password_index(upstream: str, user: str, password: str) -> Iterator[Index]:
    """Serve `upstream` (a simple index) on loopback to whoever knows the password."""
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    served: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
                self.end_headers()
                return
            page = self.path.removeprefix("/simple")
            accept = {"Accept": self.headers.get("Accept", "*/*")}
            request = urllib.request.Request(upstream.rstrip("/") + page, headers=accept)
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            served.append(page)

        def log_message(self, *_: object) -> None:
            """Stay quiet: tests read what was served instead."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        port = server.server_address[1]
        yield Index(f"http://{user}:{password}@127.0.0.1:{port}/simple", served)
    finally:
        server.shutdown()
        server.server_close()
