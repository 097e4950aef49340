"""A private engine of this file's own: up, killed, up again, beside another engine, and away."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.engine.conftest import copy_checkout
from tests.engine.private import Private
from validation.engine.leftovers import is_alive, servers

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a private engine needs root"),
    pytest.mark.skipif(shutil.which("apt-get") is None, reason="a private engine needs apt"),
]


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A cache with a path short enough for sockets."""
    cache = Path(tempfile.mkdtemp(prefix="iw-", dir="/tmp"))
    yield cache
    shutil.rmtree(cache)


@pytest.fixture(scope="module")
def private(short: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    """A private engine that is up."""
    made = Private(copy_checkout(tmp_path_factory.mktemp("engine") / "checkout"), short)
    made.run("up")
    yield made
    made.run("down")


@pytest.fixture
def sleeper(private: Private, tmp_path: Path) -> str:
    """The id of a running container: an empty image that sleeps with this machine's programs."""
    archive = tmp_path / "empty.tar"
    subprocess.run(["tar", "-cf", archive, "--files-from", "/dev/null"], check=True)
    private.docker("import", str(archive), "imagewright-test:empty")
    programs = [word for top in ("usr", "lib", "lib64") for word in ("-v", f"/{top}:/{top}:ro")]
    options = ["--detach", "--network", "none", *programs]
    return private.docker("run", *options, "imagewright-test:empty", "/usr/bin/sleep", "1000")


def test_status_says_what_the_engine_is(private: Private) -> None:
    told = private.run("status").stdout
    assert private.layout.host in told
    assert "(private)" in told
    assert "host or none" in told
    for name in ("buildkit", "buildx", "compose", "cgroup", "data root", "GB free"):
        assert name in told


def test_up_again_leaves_the_engine_as_it_is_and_is_fast(private: Private) -> None:
    before = private.daemon
    start = time.monotonic()
    private.run("up")
    assert time.monotonic() - start < 5
    assert private.daemon == before


def test_the_persons_docker_folder_is_not_written(private: Private, tmp_path: Path) -> None:
    for verb in ("up", "status"):
        private.run(verb, HOME=str(tmp_path))
    assert not (tmp_path / ".docker").exists()


def test_a_killed_daemon_comes_back_for_two_ups_at_once(private: Private, sleeper: str) -> None:
    old = private.daemon
    os.kill(old, signal.SIGKILL)
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda _: private.run("up"), range(2)))
    assert [end.returncode for end in ends] == [0, 0]
    assert private.daemon != old
    assert private.docker("images", "--quiet", "imagewright-test:empty")
    assert private.docker("inspect", "--format", "{{.State.Running}}", sleeper) == "false"
    private.docker("rm", sleeper)


def test_a_stopped_daemon_that_does_not_answer_is_replaced(private: Private) -> None:
    old = private.daemon
    os.kill(old, signal.SIGSTOP)
    assert "does not answer" in private.run("up").stderr
    assert private.daemon != old


def test_another_engines_bridge_stays(private: Private) -> None:
    there = Path("/sys/class/net/docker0").exists()
    if not there:
        subprocess.run(["ip", "link", "add", "docker0", "type", "bridge"], check=True)
    try:
        os.kill(private.daemon, signal.SIGKILL)
        private.run("up")
        assert Path("/sys/class/net/docker0").exists()
        assert Path("/sys/class/net", private.layout.bridge).exists()
    finally:
        if not there:
            subprocess.run(["ip", "link", "delete", "docker0"], check=True)


def test_dry_run_tells_and_does_nothing(private: Private, tmp_path: Path) -> None:
    other = private.beside(tmp_path / "cache")
    told = other.run("up", "--dry-run").stdout
    assert "fetch an engine" in told
    assert not other.layout.home.exists()
    assert not servers(other.layout)


def test_down_without_an_engine_is_fine(private: Private, tmp_path: Path) -> None:
    other = private.beside(tmp_path / "cache")
    assert "no private engine" in other.run("down").stdout
    other.run("status", code=3)


def test_down_leaves_nothing_even_of_a_killed_engine_with_a_container(
    private: Private, sleeper: str
) -> None:
    assert any("containerd-shim" in name for name in servers(private.layout).values())
    before = dead_sockets()
    os.kill(private.daemon, signal.SIGKILL)
    private.run("down")
    assert private.traces() == []
    members = [at for at in Path("/proc").glob("[0-9]*/cgroup") if sleeper in _read(at)]
    assert not any(is_alive(int(at.parent.name)) for at in members)
    assert dead_sockets() <= before
    private.run("down")


def test_a_long_cache_path_and_what_a_killed_up_left(private: Private, tmp_path: Path) -> None:
    cache = tmp_path / ("long" * 25) / "cache"
    other = private.beside(cache)
    shutil.copytree(private.layout.packages, other.layout.packages)
    victim = next((other.layout.packages / "files").glob("docker-cli_*"))
    victim.write_bytes(victim.read_bytes()[:1000])
    (other.layout.home / "programs.part/usr/bin").mkdir(parents=True)
    (other.layout.home / "programs.part/usr/bin/docker").write_text("half")
    try:
        other.run("up")
        assert str(other.layout.runtime).startswith("/run/")
        assert other.docker("info", "--format", "{{.ServerVersion}}")
    finally:
        other.run("down")
    assert other.traces() == []


def dead_sockets() -> set[Path]:
    """Sockets of shims, of every engine on this machine, that nobody listens on."""
    listening = Path("/proc/net/unix").read_text("utf-8")
    return {at for at in Path("/run/containerd/s").glob("*") if str(at) not in listening}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""
