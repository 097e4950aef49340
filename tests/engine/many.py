"""More than one engine: a second one behind a Docker context, a builder, and small images."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

from tests.engine.conftest import ROOT, Checkout
from validation.engine import private
from validation.engine.client import client_environment, find_engine
from validation.engine.layout import Layout
from validation.engine.leftovers import servers
from validation.model import Project

NOWHERE = "unix:///nowhere/docker.sock"
SMALL = """\
ARG BASE
FROM ${BASE}
RUN echo {{ image.id }} > /made
COPY trainer /opt/imagewright/trainer
"""
# With containerd's image store an engine can write caches, and serves as a remote builder; with
# Docker's own it is what `imagewright engine up` makes.
UP = """
import json, socket, sys
from pathlib import Path
from validation.engine import daemon, private
from validation.model import Project

plain = daemon.daemon_config

def config(layout, *, bridge):
    settings = json.loads(plain(layout, bridge=bridge))
    settings["features"]["containerd-snapshotter"] = sys.argv[2] == "containerd"
    return json.dumps(settings)

daemon.daemon_config = config
socket.sethostname("imagewright-second")
private.up(Project(root=Path(), cache=Path(sys.argv[1])))
"""
SLOW = "RUN echo begun && sleep 100\n"


def docker(engine, *words, **environment):
    """Run Docker's client and return what it says."""
    return subprocess.run(
        [engine.docker, *words],
        capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, **environment},
    ).stdout  # fmt: skip


class Second:
    """A private engine of its own cache, whose images lie in containerd's store or Docker's.

    It goes by a host name of its own, as an engine on another machine does.
    """

    def __init__(self, cache, *, containerd_store=True):
        self._store = "containerd" if containerd_store else "docker"
        self.project = Project(root=ROOT, cache=cache)
        self.layout = Layout(cache=cache)

    def up(self):
        """Start it, in a process of its own as a person does."""
        subprocess.run(
            ["unshare", "--uts", sys.executable, "-c", UP, str(self.layout.cache), self._store],
            check=True, cwd=ROOT, env={**os.environ, "DOCKER_HOST": NOWHERE},
        )  # fmt: skip

    def kill(self):
        """Kill the daemon, as the kernel does when memory runs out."""
        for pid, name in servers(self.layout).items():
            if name == "dockerd":  # and what it is just about to make a child of its own
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def docker(self, *words):
        """Run Docker's client against it and return what it says."""
        program = self.layout.program("docker")
        return docker(SimpleNamespace(docker=program), "--host", self.layout.host, *words)

    def down(self):
        private.down(self.project)


@contextlib.contextmanager
def second_engine(first):
    """Run a second engine for the block, fetched from what the first one's packages left."""
    cache = Path(tempfile.mkdtemp(prefix="iw-second-", dir="/tmp"))
    left = default_project().cache / "packages"
    if first.private and left.is_dir():
        shutil.copytree(left, cache / "packages")
    made = Second(cache)
    try:
        made.up()
        yield made
    finally:
        made.down()
        shutil.rmtree(cache)


class Contexts:
    """A person's Docker folder with contexts in it: first, second, and down, where nobody is."""

    def __init__(self, folder, client, first, second):
        self.folder = folder
        hosts = {"first": first, "second": second, "down": NOWHERE}
        for name, host in hosts.items():
            there = {"DOCKER_CONFIG": str(folder), "DOCKER_HOST": ""}
            docker(client, "context", "create", name, "--docker", f"host={host}", **there)

    @property
    def environment(self):
        return {"DOCKER_CONFIG": str(self.folder)}


def small_checkout(root, repository, names=("one", "two", "three", "four")):
    """Return a checkout whose images are made in a second: the locks of the inference image."""
    root.mkdir(parents=True)
    wanted = "base: distro, workload: inference, os: debian12, python: '3.11', onnxruntime: auto"
    shipped = json.loads(next(ROOT.glob("images/inference-*/image.json")).read_text())["image"]
    axes = {"onnx", "numpy", "onnxruntime"}
    packages = [word for word in shipped["requirements"] if word.split("==")[0] not in axes]
    rest = f"numpy: auto, onnx: auto, packages: {json.dumps(packages)}"
    families = "".join(f"  {name}: {{{wanted}, {rest}, budget: 150 MB}}\n" for name in names)
    (root / "matrix.yaml").write_text(
        f"version: 1\nrepository: {repository}\ndefault: [workload=inference]\nuv: 0.13.9\n"
        f"images:\n{families}"
    )
    for part in ("trainer", ".dockerignore"):
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, root / part)
    (root / "templates").mkdir()
    (root / "templates/distro.Dockerfile.j2").write_text(SMALL)
    locks = next(ROOT.glob("images/inference-*"))
    for name in names:
        folder = root / f"images/{name}-py3.11-debian12"
        folder.mkdir(parents=True)
        for lock in locks.glob("*.lock"):
            shutil.copyfile(lock, folder / lock.name)
    made = Checkout(root)
    made.imagewright("render")
    return made


def records(checkout):
    """Return the newest build record of each image's family, by the family's name."""
    found = {}
    for path in sorted((checkout.root / "out/builds").glob("*/*.json")):
        found[path.parent.name.partition("-")[0]] = json.loads(path.read_text())
    return found


def _pipe(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def remote_buildkit(path):
    """Serve the BuildKit inside an engine as buildkitd serves its own; yield the port.

    Docker's daemon speaks BuildKit's protocol behind an upgrade of /grpc: once that is asked
    for, what is left is what a `remote` builder speaks.
    """
    server = socket.create_server(("127.0.0.1", 0))

    def serve(client):
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(str(path))
        engine.sendall(b"POST /grpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                       b"Upgrade: h2c\r\n\r\n")  # fmt: skip
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += engine.recv(1)
        threading.Thread(target=_pipe, args=(client, engine), daemon=True).start()
        _pipe(engine, client)
        engine.close()
        client.close()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


def buildx(project, *words):
    """Run buildx with the state folder that this cache's builds use."""
    engine = find_engine(project)
    environment = {**os.environ, **client_environment(engine, project)}
    subprocess.run([engine.buildx, *words], check=True, capture_output=True, env=environment)


def default_project():
    """Return the folders that tests share."""
    cache = os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright"
    return Project(root=ROOT, cache=Path(cache))
