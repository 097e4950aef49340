"""A package index on loopback with a link of its own for each engine: bytes a second, and latency.

Both engines of a test run on one machine. Who asks is told by the asking process: what a build
step of an engine sees as its root lies in that engine's data root.
"""

import contextlib
import hashlib
import html
import io
import re
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CHUNK = 1 << 16


class Link:
    """A link that carries `rate` bytes a second, whoever uses it."""

    def __init__(self, rate):
        self._rate = rate
        self._free = time.monotonic()
        self._lock = threading.Lock()

    def carry(self, size):
        """Wait until `size` bytes have gone through."""
        with self._lock:
            self._free = max(self._free, time.monotonic()) + size / self._rate
            until = self._free
        time.sleep(max(0.0, until - time.monotonic()))


def process_of(port):
    """Return the id of the process that holds the loopback connection from `port`, or None."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].partition(":")[2], 16) == port:
            socket = f"socket:[{fields[9]}]"
            break
    else:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(at.readlink()) == socket for at in (process / "fd").iterdir()):
                return int(process.name)
    return None


def engine_of(process, roots):
    """Return whose data root a process has its own root in: {name: data root}; or None."""
    with contextlib.suppress(OSError):
        mounts = Path(f"/proc/{process}/mountinfo").read_text()
        root = next(line for line in mounts.splitlines() if line.split()[4] == "/")
        return next((name for name, at in roots.items() if f"{at}/" in root), None)
    return None


class Index:
    """What a running index is: its address, and the bytes that each engine took."""

    def __init__(self, url):
        self.url = url
        self.carried = Counter()


def _pages(folder):
    """Return {project: page} of the wheels in a folder, as a simple index has them (PEP 503)."""
    pages = {}
    for wheel in sorted(folder.glob("*.whl")):
        project = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        with wheel.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        name = html.escape(wheel.name)
        link = f'<a href="/files/{name}#sha256={digest}">{name}</a>\n'
        pages[project] = pages.get(project, "<!DOCTYPE html>\n") + link
    return {project: page.encode() for project, page in pages.items()}


@contextlib.contextmanager
def limited_index(folder, roots, *, rate, latency):
    """Serve the wheels of `folder`, at `rate` bytes a second to each engine of `roots`.

    Every answer begins `latency` seconds after it was asked for.
    """
    pages = _pages(folder)
    links = {name: Link(rate) for name in roots}
    index = Index("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.asking = engine_of(process_of(self.client_address[1]), roots)

        def do_GET(self):
            time.sleep(latency)
            kind, _, rest = self.path.strip("/").partition("/")
            if kind == "files" and (folder / rest).is_file():
                with (folder / rest).open("rb") as wheel:
                    self.answer(200, "binary/whl", (folder / rest).stat().st_size, wheel)
            elif kind == "simple" and rest in pages:
                self.answer(200, "text/html", len(pages[rest]), io.BytesIO(pages[rest]))
            else:
                self.answer(404, "text/plain", 0, io.BytesIO())

        def answer(self, status, kind, size, body):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            if self.asking is None:  # gone before it could be told whose it was
                self.close_connection = True
                return
            while part := body.read(_CHUNK):
                links[self.asking].carry(len(part))
                self.wfile.write(part)
                index.carried[self.asking] += len(part)

        def log_message(self, *_):
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
