"""A small disk, a cache and an engine of their own, and a checkout of one cheap image."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from validation.engine.client import Engine, ask, client_environment, find_engine
from validation.engine.layout import Layout, layout_of
from validation.engine.leftovers import daemon_pid, is_alive
from validation.errors import WorldFailed
from validation.model import Project
from validation.process import start_daemon

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
FAMILY = "inference"
REPOSITORY = "imagewright-faults"
MARK = "IMAGEWRIGHT_FAULTS"
_DISK_GB = 8
_ROOM_GB = 3
_STAMP = "trainer/stamp.txt"
_DEEP = "FROM os AS image\n"


def _nothing() -> None:
    """Do nothing."""


class Ended(NamedTuple):
    """How one verb ended: its exit status as the kernel tells it, all that it wrote, seconds."""

    code: int
    text: str
    seconds: float = 0.0


class Phase(NamedTuple):
    """When something is there in a plain run: seconds from the start, and how long."""

    start: float
    length: float


class Lab:
    """One checkout, cache and engine; every process that it starts carries a mark."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home
        self.cache = cache
        self.root = home / "checkout"
        self.temp = home / "tmp"
        self.token = secrets.token_hex(6)
        self.phases: dict[str, Phase] = {}
        self.shared = contextlib.ExitStack()
        self.proxies: dict[str, Proxy] = {}
        self.mirror = ""
        self.changed: Callable[[], None] = _nothing
        self.temp.mkdir()

    @property
    def project(self) -> Project:
        return Project(root=self.root, cache=self.cache)

    @property
    def layout(self) -> Layout:
        return layout_of(self.project)

    @property
    def image(self) -> str:
        (folder,) = (self.root / "images").iterdir()
        return folder.name

    @property
    def tag(self) -> str:
        return f"{REPOSITORY}:{self.image}"

    def environment(self, **more: str) -> dict[str, str]:
        own = {
            "CI": "true",
            "IMAGEWRIGHT_CACHE": str(self.cache),
            "TMPDIR": str(self.temp),
            "UV_CACHE_DIR": str(self.home / "uv"),
            MARK: self.token,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
        return {**inherited, **own, **more}

    def start(self, *words: str, **more: str) -> "Running":
        return Running(self, words, more)

    def run(self, *words: str, timeout: float = 300, **more: str) -> Ended:
        """Run one verb to its end."""
        return self.start(*words, **more).wait(timeout)

    def must(self, *words: str, timeout: float = 300, **more: str) -> Ended:
        """Run a verb that has to succeed for the session to go on."""
        ended = self.run(*words, timeout=timeout, **more)
        assert ended.code == 0, f"{words}: exit {ended.code}\n{ended.text}"
        return ended

    def change(self, stamp: str, *, deep: bool = False) -> None:
        """Make the next build build: one small layer, or (deep) all from the wheels onward."""
        (self.root / _STAMP).write_text(stamp + "\n", "utf-8")
        if deep:
            template = self.root / "templates/distro.Dockerfile.j2"
            text = re.sub(r"RUN echo stamp .*\n", "", template.read_text("utf-8"))
            assert _DEEP in text, "the template has no stage `image`"
            line = f"{_DEEP}RUN echo stamp {stamp} > /etc/stamp\n"
            template.write_text(text.replace(_DEEP, line), "utf-8")
            self.must("render")
        self.changed()

    def stamp_inside(self) -> str:
        """Return what the built image was really made from."""
        path = f"/opt/imagewright/{_STAMP}"
        argv = ("run", "--rm", "--network", "none", "--entrypoint", "cat", self.tag, path)
        return self.docker(*argv).strip()

    def stamp(self) -> str:
        return (self.root / _STAMP).read_text("utf-8").strip()

    def engine(self) -> Engine:
        return find_engine(self.project)

    def docker(self, *words: str) -> str:
        """Run one docker command on the lab's engine and return its output."""
        engine = self.engine()
        environment = {**os.environ, **client_environment(engine, self.project)}
        done = subprocess.run(
            [engine.docker, *words], capture_output=True, text=True, check=False, timeout=300,
            env=environment,
        )  # fmt: skip
        assert done.returncode == 0, f"docker {words}: {done.stderr}"
        return done.stdout

    def committed(self) -> dict[Path, bytes]:
        """Return the files that a person has under version control here."""
        files = [self.root / "matrix.yaml", *(self.root / "images" / self.image).iterdir()]
        return {path: path.read_bytes() for path in files}

    def put_back(self, committed: dict[Path, bytes]) -> None:
        """Make committed files what they were: a case that was lost is no harm to the next."""
        for path, content in committed.items():
            path.write_bytes(content)

    def remove(self, path: Path) -> None:
        """Remove a folder that the tool makes anew."""
        shutil.rmtree(path, ignore_errors=True)

    def make_room(self) -> None:
        """Forget old builds where the disk gets full of them: that is a fault of its own."""
        if self.answers() and shutil.disk_usage(self.cache).free < _ROOM_GB * 10**9:
            self.docker("image", "prune", "--force")
            self.docker("builder", "prune", "--force", "--keep-storage", "1GB")

    def forget_standin(self) -> None:
        """Take the stand-in out of the engine, so that the next build imports its archive."""
        for image in self.docker("images", "--quiet", "imagewright-base").split():
            self.docker("rmi", "--force", image)

    def answers(self) -> bool:
        """Return whether there is an engine; a daemon that was just killed is none."""
        try:
            self.engine()
        except WorldFailed:
            return False
        return True

    def stop_engine(self) -> None:
        """End the daemon in order, as a reboot does."""
        pid = daemon_pid(self.layout)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            while is_alive(pid):
                time.sleep(0.05)
        self.mirror = ""

    def restart_engine(self, mirror: str) -> None:
        """Start the daemon again with a registry mirror, as a person's configuration has it."""
        self.stop_engine()
        settings = json.loads(self.layout.config.read_text("utf-8"))
        config = self.home / "daemon.json"
        config.write_text(json.dumps({**settings, "registry-mirrors": [mirror]}))
        path = os.pathsep.join([
            *(str(self.layout.programs / folder) for folder in ("usr/sbin", "usr/bin")),
            os.environ["PATH"],
        ])  # fmt: skip
        argv = [self.layout.program("dockerd"), "--config-file", config]
        start_daemon(argv, log=self.layout.log, env=self.environment(PATH=path))
        end = time.monotonic() + 30
        while ask(self.layout.host, "lab").problem:
            assert time.monotonic() < end, self.layout.log.read_text("utf-8")[-2000:]
            time.sleep(0.1)
        self.mirror = mirror


class Running:
    """One verb that runs: written to a file, so that no pipe keeps it waiting."""

    def __init__(self, lab: Lab, words: tuple[str, ...], more: dict[str, str]) -> None:
        self.began = time.monotonic()
        self._out = (lab.home / f"said-{secrets.token_hex(4)}").open("w+b")
        argv = [sys.executable, "-m", "validation", "--root", str(lab.root), *words]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._out, stderr=subprocess.STDOUT, cwd=ROOT,
            env=lab.environment(**more),
        )  # fmt: skip

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def until(self, seconds: float) -> bool:
        """Wait until so long after the start; return whether it still runs then."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, self.began + seconds - time.monotonic()))
        return not self.ended

    def wait(self, timeout: float = 300) -> Ended:
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = -999  # it hung: no exit code that any fault allows
        seconds = time.monotonic() - self.began
        self._out.seek(0)
        text = self._out.read().decode(errors="replace")
        name = self._out.name
        self._out.close()
        Path(name).unlink()
        return Ended(code, text, seconds)


def small_matrix(text: str) -> str:
    """Return a matrix with the inference family alone, in its first variation."""
    whole = yaml.safe_load(text)
    family = {
        key: value[0] if isinstance(value, list) and key != "packages" else value
        for key, value in whole["images"][FAMILY].items()
    }
    kept = {key: whole[key] for key in ("version", "uv", "fleet")}
    default = [f"family={FAMILY}"]
    return str(
        yaml.safe_dump(
            {**kept, "repository": REPOSITORY, "default": default, "images": {FAMILY: family}},
            sort_keys=False,
        )
    )


def copy_checkout(to: Path) -> None:
    """Copy what the line works on, with one image and without what was built or proven."""
    to.mkdir()
    for part in ("templates", "trainer"):
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (ROOT / "images").glob(f"{FAMILY}-*"):
        shutil.copytree(folder, to / "images" / folder.name)
    shutil.copyfile(ROOT / ".dockerignore", to / ".dockerignore")
    (to / "matrix.yaml").write_text(small_matrix((ROOT / "matrix.yaml").read_text("utf-8")))


@contextlib.contextmanager
def small_disk(home: Path) -> Iterator[Path]:
    """Mount a file system of few gigabytes, which a fault can fill."""
    image, at = home / "disk.img", home / "disk"
    at.mkdir()
    with image.open("wb") as file:
        file.truncate(_DISK_GB * 10**9)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@contextlib.contextmanager
def open_lab() -> Iterator[Lab]:
    """Open the laboratory: its image is built and proven once; all of it goes at the end."""
    # Short, because sockets lie below; packages that were downloaded before are taken along.
    home = Path(tempfile.mkdtemp(prefix="iw-faults-", dir="/tmp"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        cache = stack.enter_context(small_disk(home)) / "cache"
        known = Path(os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright")
        if (known / "packages").is_dir():
            shutil.copytree(known / "packages", cache / "packages")
        lab = Lab(home, cache)
        stack.callback(lab.run, "engine", "down")
        stack.enter_context(lab.shared)
        prepare(lab)
        yield lab


def prepare(lab: Lab) -> None:
    """Bring up the engine, build and prove the image, and leave artefacts that must not be hurt."""
    copy_checkout(lab.root)
    lab.change("first")
    lab.must("engine", "up")
    ended = lab.run("render")
    lab.must("lock") if ended.code else None
    lab.must("build", "--bases", "bootstrap", timeout=900)
    lab.must("test")
    model = lab.root / "out/models/of-another-day"
    model.mkdir(parents=True)
    (model / "model.onnx").write_bytes(os.urandom(100_000))
