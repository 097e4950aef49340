"""A base that a person names: what is read, what is refused, whom it is for."""

import hashlib
import io
import os
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from docker.errors import APIError, ImageNotFound

from tests.unit.engine.test_bases import DIGEST, ENGINE, IMAGE
from validation.engine import bases, given
from validation.engine.bases import base_context
from validation.engine.given import Given, given_base, given_for, parse_given, require_used
from validation.engine.standins import require_whole
from validation.errors import BadInput, WorldFailed
from validation.model import Project


@pytest.fixture
def project(tmp_path):
    return Project(root=tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def engine_has(monkeypatch):
    """Return a function: make the engine have an image, or the registry have or lack one."""

    def engine_has(local=None, registry=None):
        def get(reference):
            del reference
            if local is None:
                raise ImageNotFound("no such image")
            return SimpleNamespace(id=local)

        def ask(reference):
            del reference
            if isinstance(registry, Exception):
                raise registry
            return SimpleNamespace(id=registry)

        images = SimpleNamespace(get=get, get_registry_data=ask)
        client = SimpleNamespace(images=images, close=lambda: None)
        for room in (given, bases):
            monkeypatch.setattr(room, "connect", lambda *_, **__: client)

    return engine_has


def test_the_last_glob_that_fits_says_what_an_image_stands_on():
    all_, one = parse_given(["*=host.tar", "train-*=mirror/cuda:12"])
    assert given_for((all_, one), "train-cu126") == "mirror/cuda:12"
    assert given_for((all_, one), "rootfs-cu130") == "host.tar"
    assert given_for((one,), "rootfs-cu130") == ""


@pytest.mark.parametrize("text", ["host.tar", "=host.tar", "rootfs-*=", " = "])
def test_what_names_no_base_is_bad_input(text):
    with pytest.raises(BadInput, match="names no base"):
        parse_given([text])


def test_a_base_for_no_image_is_a_slip_of_the_pen():
    with pytest.raises(BadInput, match="no image here") as caught:
        require_used((Given(ids="rotfs-*", base="host.tar"),), (IMAGE,))
    assert IMAGE.id in caught.value.hint


@pytest.fixture
def host_tar(tmp_path):
    """Return a function: make a tar archive, in a folder that holds other things of the person."""
    folder = tmp_path / "own"
    (folder / "layout").mkdir(parents=True)
    (folder / "layout" / "theirs").touch()

    def host_tar(name="host.tar", content=b"root"):
        member = tarfile.TarInfo("etc/hostname")
        member.size = len(content)
        with tarfile.open(folder / name, "w") as tar:
            tar.addfile(member, io.BytesIO(content))
        return folder / name

    return host_tar


@pytest.fixture
def no_hard_links(monkeypatch):
    """The archives lie on another file system than the cache."""
    link = os.link

    def refuse(source, target):
        if Path(source).parent.name == "own":
            raise OSError(18, os.strerror(18))
        link(source, target)

    monkeypatch.setattr(os, "link", refuse)


def test_an_archive_is_known_by_its_content_and_linked_not_copied(host_tar, project):
    archive = host_tar()
    base = given_base(str(archive), IMAGE, ENGINE, project)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (base.how, base.digest) == ("given", f"sha256:{digest}")
    assert base.reference == f"imagewright-base:{IMAGE.os}-{digest[:12]}"
    assert archive.stat().st_nlink == 2
    assert given_base(str(archive), IMAGE, ENGINE, project) == base


@pytest.mark.usefixtures("no_hard_links")
def test_an_archive_on_another_disk_is_linked_by_its_path(host_tar, project, monkeypatch):
    archive = host_tar()
    monkeypatch.chdir(archive.parent)
    kept = Path(given_base(archive.name, IMAGE, ENGINE, project).archive)
    assert kept.is_relative_to(project.cache / "bases")
    assert kept.readlink() == archive


@pytest.mark.usefixtures("no_hard_links")
def test_another_link_takes_the_place_of_one_that_leads_nowhere(host_tar, project):
    archive = host_tar()
    given_base(str(archive), IMAGE, ENGINE, project)
    moved = archive.rename(archive.with_name("moved.tar"))
    kept = Path(given_base(str(moved), IMAGE, ENGINE, project).archive)
    assert kept.samefile(moved)


@pytest.mark.parametrize("linked", ["hard", "by path"])
def test_an_archive_that_changes_while_it_is_used_is_left_with_all_that_lies_beside_it(
    host_tar, project, request, linked
):
    if linked == "by path":
        request.getfixturevalue("no_hard_links")
    for use in (lambda base: require_whole(base.standin, Path(base.archive)), base_context):
        archive = host_tar()
        base = given_base(str(archive), IMAGE, ENGINE, project)
        with archive.open("ab") as file:
            file.write(b"more")
        with pytest.raises(WorldFailed, match="changed while it was used") as caught:
            use(base)
        assert "--base" in caught.value.hint
        assert not Path(base.archive).parent.exists()
        assert archive.is_file()
        assert (archive.parent / "layout" / "theirs").is_file()


@pytest.mark.usefixtures("no_hard_links")
def test_a_builder_gets_each_archive_of_a_folder_as_its_own(host_tar, project):
    one, two = host_tar("one.tar", b"one"), host_tar("two.tar", b"two")
    contexts = {
        base_context(given_base(str(archive), IMAGE, ENGINE, project)).partition("@")[2]
        for archive in (one, two)
    }
    assert len(contexts) == 2
    assert {path.name for path in one.parent.iterdir()} == {"one.tar", "two.tar", "layout"}
    assert (one.parent / "layout" / "theirs").is_file()


@pytest.mark.parametrize("linked", ["hard", "by path"])
def test_what_a_person_deleted_does_not_stay_in_the_cache(host_tar, project, request, linked):
    if linked == "by path":
        request.getfixturevalue("no_hard_links")
    gone, kept, new = (host_tar(f"{name}.tar", name.encode()) for name in ("gone", "kept", "new"))
    folders = {}
    for archive in (gone, kept):
        base = given_base(str(archive), IMAGE, ENGINE, project)
        base_context(base)  # a builder's layout is one more link of ours
        folders[archive] = Path(base.archive).parent
    gone.unlink()
    given_base(str(kept), IMAGE, ENGINE, project)
    assert folders[gone].is_dir()  # taken a moment ago: a run may use it
    for folder in folders.values():
        os.utime(folder, (0, 0))
    given_base(str(new), IMAGE, ENGINE, project)
    assert not folders[gone].exists()
    assert (folders[kept] / "rootfs.tar").samefile(kept)


def test_an_archive_that_was_written_over_and_deleted_does_not_stay_either(host_tar, project):
    """Two contents of one file: two folders, whose links are all that is left of it."""
    archive = host_tar()
    folders = [Path(given_base(str(archive), IMAGE, ENGINE, project).archive).parent]
    with archive.open("ab") as file:
        file.write(b"more")
    folders.append(Path(given_base(str(archive), IMAGE, ENGINE, project).archive).parent)
    archive.unlink()
    for folder in folders:
        os.utime(folder, (0, 0))
    given_base(str(host_tar("new.tar", b"new")), IMAGE, ENGINE, project)
    assert not any(folder.exists() for folder in folders)


def test_a_cache_that_cannot_be_written_says_what_to_do(host_tar, project):
    archive = host_tar()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (project.cache / "bases").mkdir(parents=True)
    (project.cache / "bases" / f"given-{digest[:12]}").write_text("a file where the folder goes")
    with pytest.raises(WorldFailed, match="cannot write") as caught:
        given_base(str(archive), IMAGE, ENGINE, project)
    assert "writable" in caught.value.hint


def test_a_file_that_is_no_archive_is_bad_input(tmp_path, project):
    path = tmp_path / "host.tar"
    path.write_text("not an archive")
    with pytest.raises(BadInput, match="no tar archive"):
        given_base(str(path), IMAGE, ENGINE, project)


def test_an_image_of_the_engine_is_taken_before_any_registry_is_asked(project, engine_has):
    engine_has(local=DIGEST, registry=AssertionError("asked"))
    base = given_base("host:1", IMAGE, ENGINE, project)
    assert (base.reference, base.digest, base.how) == ("host:1", DIGEST, "given")


def test_a_reference_that_only_a_registry_has_is_pinned(project, engine_has):
    engine_has(registry=DIGEST)
    assert given_base("mirror/cuda:12", IMAGE, ENGINE, project).reference.endswith(f"@{DIGEST}")


def test_a_reference_that_nobody_has_says_what_to_do(project, engine_has):
    engine_has(registry=APIError("dial tcp: i/o timeout"))
    with pytest.raises(WorldFailed, match="neither the engine nor a registry") as caught:
        given_base("host:1", IMAGE, ENGINE, project)
    assert "docker import" in caught.value.hint
