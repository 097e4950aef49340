"""Files are there as a whole or not at all; what a killed run left is told from a living one's."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from validation.errors import WorldFailed
from validation.files import atomic_file, sweep_parts, write_atomic


def test_writes_through_new_folders_with_a_readable_mode(tmp_path: Path):
    path = tmp_path / "a" / "b" / "file.json"
    write_atomic(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_what_was_there_stays_when_the_block_fails(tmp_path: Path):
    path = tmp_path / "file"
    write_atomic(path, "before")

    def interrupted() -> None:
        with atomic_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_is_the_worlds_failure_and_leaves_nothing(tmp_path: Path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorldFailed, match="No space left on device") as caught:
        write_atomic(tmp_path / "file", "text")
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_the_worlds_failure(tmp_path: Path):
    (tmp_path / "occupied").write_text("a file where a folder should be")
    with pytest.raises(WorldFailed, match="cannot write"):
        write_atomic(tmp_path / "occupied" / "file", "text")


def test_sweep_takes_what_is_abandoned_and_leaves_what_is_being_written(tmp_path: Path):
    abandoned = tmp_path / "deep" / ".file.abc.part"
    living = tmp_path / ".file.def.part"
    bystander = tmp_path / "file.part"
    abandoned.parent.mkdir()
    for path in (abandoned, living, bystander):
        path.write_text("half")
    with living.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert sweep_parts(tmp_path) == (abandoned,)
    assert living.exists()
    assert bystander.exists()
