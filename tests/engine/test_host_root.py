"""A root file system from a folder: what the image holds, and what it must not."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.engine.conftest import Checkout, EngineProbe

pytestmark = pytest.mark.engine

REFERENCE = "imagewright-e2e-root:one"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small root file system with secrets where a machine has them."""
    made = tmp_path / "root"
    for name in (
        "usr/bin",
        "etc/ssh",
        "etc/apt",
        "opt/app",
        "proc",
        "tmp",
        "var/lib/dpkg",
        "home/me",
    ):
        (made / name).mkdir(parents=True)
    (made / "tmp").chmod(0o1777)
    (made / "bin").symlink_to("usr/bin")
    for name in ("usr/bin/program", "opt/app/weights", "var/lib/dpkg/status", "etc/passwd"):
        (made / name).write_text(name)
    for name in (
        "etc/shadow",
        "etc/ssh/ssh_host_rsa_key",
        "etc/apt/auth.conf",
        "home/me/key",
        "tmp/x",
    ):
        (made / name).write_text("secret")
    return made


def test_programs_are_there_and_the_machines_secrets_are_not(
    line: Checkout, engine: EngineProbe, root: Path, tmp_path: Path
) -> None:
    told = line.imagewright("engine", "import", REFERENCE, "--root", str(root)).stdout
    try:
        assert REFERENCE in told
        container = engine.docker("create", REFERENCE, "/bin/program").strip()
        try:
            engine.docker("export", "--output", str(tmp_path / "out.tar"), container)
        finally:
            engine.docker("rm", container)
        with tarfile.open(tmp_path / "out.tar") as archive:
            names = {member.name.strip("/") for member in archive if not member.isdir()}
            assert archive.getmember("tmp").mode & 0o7777 == 0o1777
        assert {"usr/bin/program", "opt/app/weights", "var/lib/dpkg/status", "bin"} <= names
        assert not names & {"etc/shadow", "etc/ssh/ssh_host_rsa_key", "etc/apt/auth.conf"}
        assert not any(name.startswith(("home/", "tmp/")) for name in names)
    finally:
        engine.docker("rmi", REFERENCE)


def test_a_folder_that_is_no_root_is_bad_input(line: Checkout, tmp_path: Path) -> None:
    told = line.imagewright("engine", "import", REFERENCE, "--root", str(tmp_path), code=2)
    assert "no root file system" in told.stderr


def test_what_could_not_be_read_whole_becomes_no_image(
    line: Checkout, engine: EngineProbe, root: Path, tmp_path: Path
) -> None:
    """A tar that ends in the middle of a member and fails: the real one, cut short."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real = subprocess.run(["which", "tar"], capture_output=True, text=True, check=True).stdout
    (folder / "tar").write_text(f'#!/bin/sh\n{real.strip()} "$@" | head -c 3000\nexit 2\n')
    (folder / "tar").chmod(0o755)
    before = engine.docker("images", "--all", "--quiet").split()
    path = f"{folder}:{engine.environment['PATH']}"
    told = line.imagewright("engine", "import", REFERENCE, "--root", str(root), code=3, PATH=path)
    assert "error" in told.stderr
    assert engine.docker("images", "--quiet", REFERENCE) == ""
    assert len(engine.docker("images", "--all", "--quiet").split()) <= len(before)
