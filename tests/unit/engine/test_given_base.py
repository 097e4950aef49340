"""A base that a person names: what is read, what is refused, whom it is for."""

import hashlib
import tarfile
from types import SimpleNamespace

import pytest
from docker.errors import APIError, ImageNotFound

from tests.unit.engine.test_bases import DIGEST, ENGINE, IMAGE
from validation.engine import bases, given
from validation.engine.given import Given, given_base, given_for, parse_given, require_used
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


def test_an_archive_is_known_by_its_content_and_linked_not_copied(tmp_path, project):
    (tmp_path / "etc").mkdir()
    archive = tmp_path / "host.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(tmp_path / "etc", "etc")
    base = given_base(str(archive), IMAGE, ENGINE, project)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert (base.how, base.digest) == ("given", f"sha256:{digest}")
    assert base.reference == f"imagewright-base:{IMAGE.os}-{digest[:12]}"
    assert archive.stat().st_nlink == 2
    assert given_base(str(archive), IMAGE, ENGINE, project) == base


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
