"""An engine in one file: packed here, started by a cache that asks no package archive."""

import contextlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Checkout
from tests.engine.private import Private

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a private engine needs root"),
    pytest.mark.skipif(shutil.which("apt-get") is None, reason="packing needs a package archive"),
]

# containerd makes it at every start, whatever folders it is given.
CONTAINERD_OPT = Path("/opt/containerd")


@pytest.fixture(scope="module")
def packed(line: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle, packed fast and not small."""
    out = tmp_path_factory.mktemp("bundle") / "engine.tar.xz"
    line.imagewright("engine", "bundle", "--level", "0", "--out", str(out))
    return out


@pytest.fixture
def fresh(line: Checkout) -> Iterator[Private]:
    """An engine that is not there yet, in a cache with a path short enough for sockets."""
    cache = Path(tempfile.mkdtemp(prefix="iw-", dir="/tmp"))
    made = Private(line, cache)
    for folder in ("bin", "lib", "."):
        with contextlib.suppress(OSError):  # somebody's, or not there
            (CONTAINERD_OPT / folder).resolve().rmdir()
    before = CONTAINERD_OPT.exists()
    yield made
    made.run("down")
    assert made.traces() == []
    assert CONTAINERD_OPT.exists() == before
    shutil.rmtree(cache)


def test_the_bundle_starts_an_engine_that_runs_containers(
    fresh: Private, packed: Path, tmp_path: Path
) -> None:
    fresh.run("up", "--bundle", str(packed))
    assert not fresh.layout.packages.exists(), "a package archive was asked"
    assert "(private)" in fresh.run("status").stdout
    with tarfile.open(tmp_path / "root.tar", "w") as root:
        root.add(fresh.layout.program("docker-init"), "bin/tini")
    fresh.docker("import", str(tmp_path / "root.tar"), "imagewright-test:one")
    options = ["--rm", "--network", "none", "--entrypoint", "/bin/tini"]
    assert "tini" in fresh.docker("run", *options, "imagewright-test:one", "--version")


def test_half_a_bundle_is_told_from_a_whole_one_and_leaves_no_engine(
    fresh: Private, packed: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.tar.xz"
    half.write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
    told = fresh.run("up", "--bundle", str(half), code=2).stderr
    assert "not a whole bundle" in told
    assert "copy it again" in told
    assert not fresh.layout.programs.exists()
    fresh.run("up", "--bundle", str(packed))


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\xfd7zXZ\x00"])
def test_what_is_no_bundle_is_bad_input(fresh: Private, tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    assert "bundle" in fresh.run("up", "--bundle", str(other), code=2).stderr


def test_an_archive_of_something_else_is_bad_input(fresh: Private, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.xz"
    with tarfile.open(other, "w:xz") as archive:
        archive.add(__file__, "../../escape")
    assert "not a bundle" in fresh.run("up", "--bundle", str(other), code=2).stderr
    assert not (tmp_path.parent / "escape").exists()
