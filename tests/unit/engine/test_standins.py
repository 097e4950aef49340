"""A stand-in's archive is looked at before an engine gets it."""

import hashlib

import pytest

from validation.engine.standins import StandIn, require_whole
from validation.errors import WorldFailed


@pytest.fixture
def made(tmp_path):
    archive = tmp_path / "debian12-0123" / "rootfs.tar"
    archive.parent.mkdir()
    archive.write_bytes(b"a root file system" * 100)
    digest = f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"
    return StandIn(os="debian12", digest=digest, packages=1), archive


def test_a_whole_archive_stays(made):
    standin, archive = made
    require_whole(standin, archive)
    assert archive.is_file()


@pytest.mark.parametrize("content", [b"", b"a root", b"x" * 1800])
def test_a_damaged_archive_is_removed_and_the_message_says_to_go_on(made, content):
    standin, archive = made
    archive.write_bytes(content)
    with pytest.raises(WorldFailed, match="damaged") as failed:
        require_whole(standin, archive)
    assert "again" in failed.value.hint
    assert not archive.parent.exists()


def test_an_archive_that_is_gone_is_no_traceback(made):
    standin, archive = made
    archive.unlink()
    with pytest.raises(WorldFailed, match="cannot be read"):
        require_whole(standin, archive)
