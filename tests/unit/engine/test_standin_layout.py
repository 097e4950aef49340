"""A stand-in as an OCI layout: by the specification, the same bytes twice, the archive linked."""

import hashlib
import json
import os

import pytest

from validation.engine import standin_layout as room
from validation.engine.bases import BaseChoice, base_context
from validation.engine.standin_layout import standin_layout
from validation.engine.standins import StandIn
from validation.errors import WorldFailed


def made(folder):
    folder.mkdir(parents=True)
    archive = folder / "rootfs.tar"
    archive.write_bytes(b"a root file system" * 100)
    digest = "sha256:" + hashlib.sha256(archive.read_bytes()).hexdigest()
    return StandIn(os="debian12", digest=digest, packages=88), archive


def test_every_blob_is_what_its_name_says_and_the_chain_leads_to_the_archive(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    folder, digest = standin_layout(standin, archive)
    blobs = {path.name: path for path in (folder / "blobs/sha256").iterdir()}
    for name, path in blobs.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == name
    assert json.loads((folder / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    manifest = json.loads(blobs[digest.removeprefix("sha256:")].read_text())
    config = json.loads(blobs[manifest["config"]["digest"].removeprefix("sha256:")].read_text())
    (layer,) = manifest["layers"]
    assert config["rootfs"]["diff_ids"] == [layer["digest"]] == [standin.digest]
    assert layer["size"] == archive.stat().st_size
    assert f"linux/{config['architecture']}" == standin.platform
    assert blobs[standin.digest.removeprefix("sha256:")].samefile(archive)


def test_the_same_archive_gives_the_same_digest_and_is_laid_out_once(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    first = standin_layout(standin, archive)
    changed = first[0].stat().st_mtime_ns
    assert standin_layout(standin, archive) == first
    assert first[0].stat().st_mtime_ns == changed
    assert standin_layout(*made(tmp_path / "bases" / "b"))[1] == first[1]


def test_a_half_written_layout_is_made_anew(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    folder, digest = standin_layout(standin, archive)
    (folder / "index.json").unlink()
    assert standin_layout(standin, archive) == (folder, digest)


def test_a_layout_of_another_archive_is_made_anew(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    _, digest = standin_layout(standin, archive)
    archive.unlink()
    archive.write_bytes(b"another root file system" * 100)
    other = "sha256:" + hashlib.sha256(archive.read_bytes()).hexdigest()
    folder, again = standin_layout(StandIn(os="debian12", digest=other, packages=88), archive)
    assert again != digest
    assert (folder / "blobs/sha256" / other.removeprefix("sha256:")).samefile(archive)


def test_a_linked_archive_is_linked_to_where_it_lies(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    lies = archive.rename(tmp_path / "host.tar")
    archive.symlink_to(lies)
    folder, digest = standin_layout(standin, archive)
    layer = folder / "blobs/sha256" / standin.digest.removeprefix("sha256:")
    assert layer.readlink() == lies
    manifest = json.loads((folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_text())
    assert manifest["layers"][0]["size"] == lies.stat().st_size
    assert standin_layout(standin, archive) == (folder, digest)


def test_a_folder_that_is_not_the_caches_is_left_as_it_is(tmp_path):
    standin, archive = made(tmp_path / "own")
    theirs = archive.parent / "layout" / "theirs"
    theirs.parent.mkdir()
    theirs.touch()
    with pytest.raises(WorldFailed):
        standin_layout(standin, archive)
    assert theirs.is_file()


@pytest.mark.parametrize("call", ["mkdtemp", "link"])
def test_a_full_disk_says_what_to_do(tmp_path, monkeypatch, call):
    def refuse(*_, **__):
        raise OSError(28, os.strerror(28))

    standin, archive = made(tmp_path / "bases" / "a")
    monkeypatch.setattr(room.tempfile if call == "mkdtemp" else room.os, call, refuse)
    with pytest.raises(WorldFailed, match="No space left") as caught:
        standin_layout(standin, archive)
    assert "leave room" in caught.value.hint


def test_only_what_no_registry_has_needs_a_context(tmp_path):
    standin, archive = made(tmp_path / "bases" / "a")
    base = BaseChoice(reference="debian@sha256:1", digest="sha256:1", how="registry", note="")
    assert base_context(base) == ""
    own = BaseChoice(
        reference=standin.reference, digest=standin.digest, how="bootstrap", note="",
        standin=standin, archive=str(archive),
    )  # fmt: skip
    name, _, where = base_context(own).partition("=")
    assert name == standin.reference
    assert where.startswith("oci-layout:///")
