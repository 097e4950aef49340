"""A checkout of our own, a real engine, and the command line as a person calls it."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from validation.engine.client import client_environment, find_engine
from validation.engine.runs import host_id
from validation.model import Project

ROOT = Path(__file__).resolve().parents[2]
# A shell's background job ignores SIGINT, and so would all that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = "imagewright-e2e"  # so that a person's own images and containers are left alone
PARTS = ("matrix.yaml", "images", "templates", "trainer", ".dockerignore")


class Checkout:
    """A copy of what the command line works on, with an out/ of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, *words: str) -> list[str]:
        """Return the argv of one verb in this checkout."""
        return [sys.executable, "-m", "validation", "--root", str(self.root), *words]

    def imagewright(
        self, *words: str, code: int | None = 0, timeout: float = 900, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end; fails the test unless it exits with `code`."""
        done = subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=ROOT,
            env={**os.environ, "CI": "true", **environment},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, (
                f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text in one file; fails the test where it is not there."""
        file = self.root / path
        text = file.read_text("utf-8")
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh copy of the repository's inputs."""
    return copy_checkout(tmp_path / "checkout")


def copy_checkout(root: Path) -> Checkout:
    root.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, root / part)
    made = Checkout(root)
    made.edit("matrix.yaml", "repository: imagewright ", f"repository: {REPOSITORY} ")
    return made


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which the default images are built: what most tests here start from."""
    made = copy_checkout(tmp_path_factory.mktemp("line") / "checkout")
    made.imagewright("engine", "up")
    made.imagewright("build")
    return made


class EngineProbe:
    """What the engine itself says, through its own client."""

    def __init__(self, project: Project) -> None:
        found = find_engine(project)
        self.found, self.client = found, found.docker
        self._project = project
        self._runs = project.cache / "runs"
        self.environment = {**os.environ, **client_environment(found, project)}

    def docker(self, *words: str) -> str:
        """Run one docker command and return its output."""
        return subprocess.run(
            [self.client, *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env=self.environment,
        ).stdout

    def containers(self) -> dict[str, str]:
        """Return {container name: run id} of every container that a run of this cache started."""
        shape = '{{.Names}} {{.Label "imagewright.run"}}'
        ours = f"label=imagewright.host={host_id(self._project)}"
        told = self.docker("ps", "--all", "--filter", ours, "--format", shape)
        return dict(line.split() for line in told.splitlines())

    def left_over(self) -> list[str]:
        """Return the containers whose run is over: those of others at work here do not count."""
        return [name for name, run in self.containers().items() if not self._alive(run)]

    def _alive(self, run: str) -> bool:
        try:
            with (self._runs / f"{run}.lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def images(self) -> list[str]:
        """Return the references of these tests' images."""
        return self.docker("images", REPOSITORY, "--format", "{{.Repository}}:{{.Tag}}").split()


@pytest.fixture(scope="session")
def engine(line: Checkout) -> EngineProbe:
    """The engine that the line uses."""
    cache = os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright"
    return EngineProbe(Project(root=line.root, cache=Path(cache)))
