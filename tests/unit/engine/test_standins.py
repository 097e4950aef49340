"""A stand-in's archive is looked at before an engine gets it."""

import hashlib
import os
from types import SimpleNamespace

import pytest
from docker.api.image import ImageApiMixin
from docker.errors import ImageNotFound

from validation.engine import standins as room
from validation.engine.layout import Layout
from validation.engine.standins import (
    DIGEST_LABEL,
    StandIn,
    import_standin,
    make_standin,
    require_whole,
)
from validation.errors import WorldFailed


@pytest.fixture
def made(tmp_path):
    archive = tmp_path / "bases" / "debian12-0123" / "rootfs.tar"
    archive.parent.mkdir(parents=True)
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


def test_a_damaged_archive_elsewhere_is_left_as_it_is(made, tmp_path):
    standin, archive = made
    elsewhere = archive.rename(tmp_path / "rootfs.tar")
    elsewhere.write_bytes(b"")
    with pytest.raises(WorldFailed, match="damaged"):
        require_whole(standin, elsewhere)
    assert elsewhere.is_file()


def test_an_engine_is_given_what_a_link_leads_to(made, tmp_path):
    standin, archive = made
    content = archive.read_bytes()
    archive.symlink_to(archive.rename(tmp_path / "host.tar"))
    sent = []

    class Api(ImageApiMixin):
        """Docker's own client, up to where it would reach the engine."""

        _version = "1.45"

        def _url(self, path):
            return path

        def _post(self, _, data, **__):
            sent.append(data.read())

        def _result(self, _):
            return ""

    def get(_):
        if not sent:
            raise ImageNotFound("none")
        return SimpleNamespace(labels={DIGEST_LABEL: standin.digest})

    import_standin(SimpleNamespace(images=SimpleNamespace(get=get), api=Api()), standin, archive)
    assert sent == [content]


@pytest.mark.parametrize("call", ["mkdtemp", "rename"])
def test_a_full_or_read_only_cache_says_what_to_do(tmp_path, monkeypatch, call):
    def refuse(*_, **__):
        raise OSError(30, os.strerror(30))

    def make(*_, scratch, **__):
        made = scratch / "made.tar"
        made.touch()
        return made

    monkeypatch.setattr(room, "_codename", lambda _: "bookworm")
    monkeypatch.setattr(room, "_open_archives", lambda *_: (None, None))
    recipe = SimpleNamespace(key="0123", packages=())
    monkeypatch.setattr(room, "resolve_recipe", lambda *_: recipe)
    monkeypatch.setattr(room, "require_space", lambda *_: None)
    monkeypatch.setattr(room, "make_rootfs", make)
    monkeypatch.setattr(room.tempfile if call == "mkdtemp" else room.Path, call, refuse)
    with pytest.raises(WorldFailed, match="Read-only file system") as caught:
        make_standin("debian12", Layout(cache=tmp_path), None, print)
    assert "writable" in caught.value.hint
    assert not list((tmp_path / "bases").glob(".part-*"))
