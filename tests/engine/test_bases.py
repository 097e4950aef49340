"""Bases: the stand-in is the same twice from nothing, clean inside, and survives a kill."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT
from validation.engine.apt import host_release, host_sources
from validation.engine.bases import deliver_base, resolve_base
from validation.engine.client import Engine, connect
from validation.engine.layout import Layout
from validation.engine.private import up
from validation.engine.standins import RELEASES, StandIn, imported, make_standin
from validation.errors import WorldFailed
from validation.model import Fleet, Image, Project, Source
from validation.process import run

OS = next(
    (
        name
        for name, (distribution, codename) in RELEASES.items()
        if (distribution, codename)
        == (host_release().get("ID"), host_release().get("VERSION_CODENAME"))
    ),
    "",
)
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="making a stand-in needs root"),
    pytest.mark.skipif(not OS, reason="no stand-in is known for this machine's release"),
]

# A reference that no registry on earth can answer for: RFC 2606 keeps .invalid free.
UNREACHED = "registry.invalid/debian:slim"
MAKE = """
import sys
from pathlib import Path
from validation.engine.layout import Layout
from validation.engine.standins import make_standin
from validation.process import run
layout = Layout(cache=Path(sys.argv[2]))
make_standin(sys.argv[1], layout, run, lambda text: print(text, flush=True))
"""


def image_of(base: str, source: Source = "distro") -> Image:
    return Image(
        id="test",
        family="test",
        template="distro",
        workload="training",
        base=base,
        source=source,
        os=OS,
        python="3.11",
        fleet=Fleet(drivers=">=535", gpus=("sm_90",)),
        budget_mb=100,
    )


def quiet(_: str) -> None:
    """Report to nobody."""


@pytest.fixture(scope="module")
def found() -> Engine:
    """The engine that other verbs use, brought up if none answers."""
    cache = Path(os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright")
    return up(Project(root=ROOT, cache=cache))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bases") / "cache"


@pytest.fixture(scope="module")
def made(cache: Path) -> tuple[StandIn, Path]:
    """A stand-in made from nothing."""
    return make_standin(OS, Layout(cache=cache), run, quiet)


def test_nothing_of_this_machine_is_inside(made: tuple[StandIn, Path]) -> None:
    hosts = [uri.split("/")[2] for source in host_sources(run) for uri in source.uris]
    with tarfile.open(made[1]) as tar:
        members = {member.name.removeprefix("./"): member for member in tar}
        for name in ("etc/machine-id", "etc/hostname", "etc/resolv.conf", "etc/apt/sources.list"):
            assert name not in members
        settings = [
            member
            for name, member in members.items()
            if member.isfile() and name.startswith(("etc/", "var/lib/apt/", "var/lib/dpkg/status"))
        ]
        assert len(settings) > 50
        for member in settings:
            file = tar.extractfile(member)
            text = file.read() if file else b""
            for word in [*hosts, str(made[1].parent.parent), "copy:"]:
                assert word.encode() not in text, f"{word} in {member.name}"
        logs = [member for name, member in members.items() if name.startswith("var/log/")]
        assert sum(member.size for member in logs) == 0
        manuals = [name for name in members if name.startswith("usr/share/man/man")]
        assert manuals == []


def test_a_killed_run_leaves_nothing_and_the_next_one_gives_the_same_bytes_elsewhere(
    made: tuple[StandIn, Path], cache: Path, tmp_path: Path
) -> None:
    other = tmp_path / "cache"
    shutil.copytree(cache / "packages", other / "packages")
    argv = [sys.executable, "-c", MAKE, OS, str(other)]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    assert "fetching" in child.stdout.readline()
    until = time.monotonic() + 60
    while not list((other / "bases").glob(".part-*/tmp/mmdebstrap.*/usr/bin")):
        assert time.monotonic() < until
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    until = time.monotonic() + 20
    while users := _users_of(other):
        assert time.monotonic() < until, users
        time.sleep(0.1)
    assert str(other) not in Path("/proc/self/mountinfo").read_text("utf-8")
    assert not list((other / "bases").glob("*/manifest.json"))
    again, archive = make_standin(OS, Layout(cache=other), run, quiet)
    assert again == made[0]
    assert archive.read_bytes() == made[1].read_bytes()
    assert not list((other / "bases").glob(".part-*"))


def _users_of(folder: Path) -> list[str]:
    """Processes that stand in or run from below a folder."""
    found = []
    for link in [*Path("/proc").glob("[0-9]*/cwd"), *Path("/proc").glob("[0-9]*/root")]:
        try:
            if str(folder) in str(link.readlink()):
                found.append(str(link))
        except OSError:
            continue
    return found


def test_a_registry_that_is_not_reached_gives_a_stand_in_and_says_so(
    found: Engine, made: tuple[StandIn, Path], cache: Path
) -> None:
    told: list[str] = []
    project = Project(root=ROOT, cache=cache)
    choice = resolve_base(image_of(UNREACHED), found, project, "auto", told.append)
    assert choice.how == "bootstrap"
    assert choice.digest == made[0].digest
    deliver_base(choice, found)
    client = connect(found)
    assert imported(client, made[0])
    client.close()
    assert any("not reached" in line for line in told)
    start = time.monotonic()
    assert resolve_base(image_of(UNREACHED), found, project, "auto", told.append) == choice
    assert time.monotonic() - start < 0.5


def test_insisting_on_a_registry_that_is_not_reached_fails(found: Engine, tmp_path: Path) -> None:
    project = Project(root=ROOT, cache=tmp_path / "cache")
    with pytest.raises(WorldFailed, match="registry not reached") as caught:
        resolve_base(image_of(UNREACHED), found, project, "registry", quiet)
    assert "--bases bootstrap" in caught.value.hint


@pytest.mark.parametrize("source", ["nvidia-cuda", "ngc"])
def test_a_cuda_base_has_no_stand_in(source: Source, found: Engine, tmp_path: Path) -> None:
    project = Project(root=ROOT, cache=tmp_path / "cache")
    for mode in ("auto", "bootstrap"):
        with pytest.raises(WorldFailed, match="registry not reached"):
            resolve_base(image_of(UNREACHED, source), found, project, mode, quiet)
