"""Runs and their containers on the real engine: removed on every way out, reaped after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.engine.conftest import ROOT
from validation.engine.client import connect
from validation.engine.containers import TimedOut, execute, running
from validation.engine.private import up
from validation.engine.runs import open_run, reap
from validation.errors import WorldFailed
from validation.model import Project

pytestmark = pytest.mark.engine

# A run as another process would hold it: one container, then waiting for whatever comes.
HOLD = """
import sys, time
from pathlib import Path
from validation.engine.client import connect, find_engine
from validation.engine.containers import running
from validation.engine.runs import open_run
from validation.model import Project
found, cache, image = sys.argv[1:]
client = connect(find_engine(Project(root=Path.cwd(), cache=Path(found))))
with open_run(Project(root=Path.cwd(), cache=Path(cache))) as run:
    with running(client, image, run, command=["sleep", "600"]) as container:
        print(container.id, flush=True)
        time.sleep(600)
"""


@pytest.fixture(scope="module")
def shared() -> Path:
    """The cache whose engine these tests use."""
    return Path(os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright")


@pytest.fixture(scope="module")
def client(shared: Path) -> Iterator[docker.DockerClient]:
    """The engine that other verbs use, brought up if none answers."""
    opened = connect(up(Project(root=ROOT, cache=shared)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def image(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image of four files: a shell, sleep, and the C library that they need."""
    root = tmp_path_factory.mktemp("image")
    programs = [shutil.which(name) for name in ("sh", "sleep", "true")]
    for program in programs:
        assert program is not None
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
        files = [word for word in libraries.stdout.split() if word.startswith("/")]
        for file in [f"/bin/{Path(program).name}", *files]:
            (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / file[1:])
    archive = root / "image.tar"
    parts = sorted(path.name for path in root.iterdir())
    subprocess.run(["tar", "-C", root, "-cf", archive, *parts], check=True)
    client.api.import_image_from_file(str(archive), "imagewright-test", "runs")
    yield "imagewright-test:runs"
    client.images.remove("imagewright-test:runs", force=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Runs of this test only: another cache than the engine's, so that no other run is judged."""
    return Project(root=ROOT, cache=tmp_path / "cache")


def hold(shared: Path, project: Project, image: str) -> tuple[subprocess.Popen[str], str]:
    argv = [sys.executable, "-c", HOLD, str(shared), str(project.cache), image]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    container = child.stdout.readline().strip()
    child.stdout.close()
    assert container, "the run did not start"
    return child, container


def exists(client: docker.DockerClient, container: str) -> bool:
    return bool(client.api.containers(all=True, filters={"id": container}))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_told_to_end_removes_its_container(
    number: signal.Signals, client: docker.DockerClient, shared: Path, project: Project, image: str
) -> None:
    child, container = hold(shared, project, image)
    child.send_signal(number)
    child.wait(60)
    assert not exists(client, container)
    assert list((project.cache / "runs").iterdir()) == []


def test_a_killed_runs_container_is_reaped_and_a_living_runs_is_not(
    client: docker.DockerClient, shared: Path, project: Project, image: str
) -> None:
    dead, left = hold(shared, project, image)
    living, kept = hold(shared, project, image)
    try:
        dead.kill()
        dead.wait()
        assert exists(client, left)
        other = Project(root=ROOT, cache=project.cache.with_name("other"))
        assert reap(client, other) == ()
        assert exists(client, left), "another machine's cache must not judge ours"
        with open_run(project):
            assert left in reap(client, project)
            assert not exists(client, left)
            assert exists(client, kept)
    finally:
        living.terminate()
        living.wait(60)
    assert list((project.cache / "runs").iterdir()) == []


def test_a_command_gives_its_status_its_lines_and_ends_in_time(
    client: docker.DockerClient, project: Project, image: str
) -> None:
    lines: list[str] = []
    with open_run(project) as run, running(client, image, run, command=["sleep", "600"]) as box:
        assert box.attrs["HostConfig"]["NetworkMode"] == "none"
        status, text = execute(box, ["sh", "-c", "echo é; echo two; exit 3"], 30, lines.append)
        assert (status, text, lines) == (3, "é\ntwo\n", ["é", "two"])
        start = time.monotonic()
        with pytest.raises(TimedOut, match="no end after 1 s") as caught:
            execute(box, ["sh", "-c", "echo last; sleep 600"], 1)
        assert time.monotonic() - start < 20
        assert caught.value.details == ("last",)
        with pytest.raises(WorldFailed):
            execute(box, ["true"], 5)
    assert not exists(client, str(box.id))


def test_what_cannot_start_is_said_and_leaves_nothing(
    client: docker.DockerClient, project: Project, image: str
) -> None:
    with open_run(project) as run:
        with (
            pytest.raises(WorldFailed, match="no image") as caught,
            running(client, "imagewright-test:never", run),
        ):
            pytest.fail("started")
        assert caught.value.hint == "imagewright build"
        with (
            pytest.raises(WorldFailed, match="cannot start"),
            running(client, image, run, command=["/no/such/program"]),
        ):
            pytest.fail("started")
        ours = {"label": [f"{name}={value}" for name, value in run.labels().items()]}
        assert client.api.containers(all=True, filters=ours) == []
