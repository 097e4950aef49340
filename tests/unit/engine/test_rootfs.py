"""What a stand-in is made from, and how."""

import os
from pathlib import Path

import pytest

from validation.engine.rootfs import (
    Bootstrapper,
    Recipe,
    bootstrap_argv,
    field,
    newest_time,
    write_repository,
)
from validation.errors import WorldFailed


def stanza(name: str, version: str = "1") -> str:
    return (
        f"Package: {name}\nVersion: {version}\nFilename: pool/main/{name}_{version}_amd64.deb\n"
        f"SHA256: {name}{version}\nDescription: a package"
    )


def recipe(**versions: str) -> Recipe:
    return Recipe(
        release="bookworm",
        packages={name: stanza(name, version) for name, version in versions.items()},
    )


def package(path: Path, built: int) -> Path:
    """The first bytes of a package: ar's magic and its first member's header."""
    header = f"{'debian-binary':<16}{built:<12}{0:<6}{0:<6}{100644:<8}{4:<10}`\n"
    path.write_bytes(b"!<arch>\n" + header.encode() + b"2.0\n")
    return path


def test_the_key_is_the_package_set_whatever_its_order() -> None:
    assert recipe(apt="1", bash="2").key == recipe(bash="2", apt="1").key
    assert recipe(apt="1", bash="2").key != recipe(apt="1", bash="3").key
    assert recipe(apt="1", bash="2").key != recipe(apt="1").key


def test_the_time_is_the_newest_packages_own(tmp_path: Path) -> None:
    files = [package(tmp_path / name, at) for name, at in (("a", 1700000000), ("b", 1600000000))]
    os.utime(files[1], (1, 1))
    assert newest_time(files) == 1700000000


def test_the_local_archive_names_its_own_files_and_no_mirror(tmp_path: Path) -> None:
    made = recipe(apt="1", bash="2")
    files = {name: package(tmp_path / f"{name}_x.deb", 1700000000) for name in made.packages}
    folder = tmp_path / "repository"
    folder.mkdir()
    write_repository(folder, made, files, 1700000000)
    assert sorted(path.name for path in folder.iterdir()) == [
        "Packages", "Release", "apt.deb", "bash.deb"
    ]  # fmt: skip
    index = (folder / "Packages").read_text("utf-8")
    assert "Filename: ./bash.deb" in index
    assert "pool/" not in index
    release = (folder / "Release").read_text("utf-8")
    assert "Codename: bookworm" in release
    assert "Date: Tue, 14 Nov 2023 22:13:20 UTC" in release


def test_a_killed_bootstrap_takes_all_that_it_started_with_it() -> None:
    tool = Bootstrapper(folder=Path("/tool"), environment={})
    argv = bootstrap_argv(tool, recipe(apt="1"), Path("/repository"), Path("/rootfs.tar"))
    assert argv[0] == "unshare"
    assert "--kill-child=KILL" in argv
    assert not any("merged-usr" in str(word) for word in argv)
    helped = bootstrap_argv(
        tool, recipe(**{"usr-is-merged": "37"}), Path("/repository"), Path("/rootfs.tar")
    )
    assert any("merged-usr" in str(word) for word in helped)


def test_a_stanza_without_a_hash_is_refused() -> None:
    assert field(stanza("apt"), "SHA256") == "apt1"
    with pytest.raises(WorldFailed, match="give no SHA256 for Package: x"):
        field("Package: x", "SHA256")
