"""Layers in a local engine's folders are read as the archive of them would be."""

import os
from pathlib import Path

import pytest

from validation.prove.layer_folders import layer_folders, read_folders

UNIX = "unix:///run/docker.sock"


@pytest.fixture
def layers(tmp_path: Path) -> list[Path]:
    """Two layers: the upper one hides a file of the lower one, as overlay2 does."""
    lower, upper = tmp_path / "lower", tmp_path / "upper"
    (lower / "etc").mkdir(parents=True)
    (lower / "etc/pip.conf").write_text("index-url = https://me:secret@host/")
    (lower / "root/.cache/pip").mkdir(parents=True)
    (lower / "root/.cache/pip/wheel").write_bytes(b"x")
    (upper / "etc").mkdir(parents=True)
    (upper / "etc/pip.conf").write_text("index-url = https://host/")
    (upper / "usr/bin").mkdir(parents=True)
    (upper / "usr/bin/x").write_bytes(b"\x7fELF")
    return [lower, upper]


def described(layers: list[Path], **changes: object) -> dict[str, object]:
    data = {"LowerDir": str(layers[0]), "UpperDir": str(layers[1])}
    whole = {"GraphDriver": {"Name": "overlay2", "Data": data}, "RootFS": {"Layers": ["a", "b"]}}
    return {**whole, **changes}


def test_hidden_files_are_read(layers):
    found = read_folders(layers)
    assert found is not None
    assert found.texts["/etc/pip.conf"] == (
        "index-url = https://host/",
        "index-url = https://me:secret@host/",
    )
    assert found.caches == ("/root/.cache/pip/wheel",)
    assert (found.files, found.layers) == (4, 2)


def test_links_lead_nowhere(layers, tmp_path):
    outside = tmp_path / "host"
    outside.mkdir()
    (outside / "secret").write_text("password=hunter2")
    (layers[1] / "etc/link").symlink_to(outside / "secret")
    (layers[1] / "home").symlink_to(outside)
    os.mkfifo(layers[1] / "etc/pipe")
    found = read_folders(layers)
    assert found is not None
    assert set(found.texts) == {"/etc/pip.conf", "/root/.cache/pip/wheel"}
    assert found.files == 4


def test_a_layer_that_is_gone_is_no_layer_without_files(layers, tmp_path):
    assert read_folders([*layers, tmp_path / "gone"]) is None


def test_folders_are_taken_all_or_none(layers, tmp_path):
    assert layer_folders(described(layers), UNIX) == tuple(layers)
    assert layer_folders(described(layers, RootFS={"Layers": ["a", "b", "c"]}), UNIX) == ()
    assert layer_folders(described([layers[0], tmp_path / "gone"]), UNIX) == ()


def test_an_engine_elsewhere_or_of_another_store_has_no_folders_here(layers):
    assert layer_folders(described(layers), "ssh://host") == ()
    assert layer_folders(described(layers), "tcp://127.0.0.1:2375") == ()
    assert layer_folders(described(layers, GraphDriver={"Name": "overlayfs"}), UNIX) == ()
    assert layer_folders({}, UNIX) == ()
