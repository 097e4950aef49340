"""Checkpoints: whole or not at all, and nothing in them is ever run. Needs torch."""
# ruff: noqa: E402  (an image without torch skips the module before it imports any of it)

import errno
import os
import pickle
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="the inference image has no torch, by design")

from trainer import checkpoint as module
from trainer.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from trainer.errors import BadInput, WorldFailed
from trainer.model import Locator
from trainer.settings import Training


@pytest.fixture
def held(scene):
    model = Locator(scene)
    optimizer = torch.optim.AdamW(model.parameters())
    return Checkpoint(
        step=5,
        model=model.state_dict(),
        optimizer=optimizer.state_dict(),
        scene=scene,
        training=Training(),
        best=0.5,
        waited=1,
    )


def test_what_is_written_is_read_back(held, tmp_path):
    write_checkpoint(tmp_path / "c.pt", held)
    found = read_checkpoint(tmp_path / "c.pt")
    assert (found.step, found.best, found.waited) == (5, 0.5, 1)
    assert (found.scene, found.training) == (held.scene, held.training)
    assert all(torch.equal(found.model[name], value) for name, value in held.model.items())


def test_it_loads_with_weights_only(held, tmp_path):
    write_checkpoint(tmp_path / "c.pt", held)
    assert torch.load(tmp_path / "c.pt", weights_only=True)["step"] == 5


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(held, tmp_path, monkeypatch, failing):
    path = tmp_path / "c.pt"
    write_checkpoint(path, held)

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(WorldFailed, match="No space left"):
        write_checkpoint(path, replace(held, step=6))
    monkeypatch.undo()
    assert read_checkpoint(path).step == 5
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.pt"]


def test_the_bytes_are_on_the_disk_before_they_take_the_name(held, tmp_path, monkeypatch):
    order = []
    fsync, rename = os.fsync, module.Path.replace

    def noted_rename(self, target):
        order.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), fsync(fd)))
    monkeypatch.setattr("pathlib.Path.replace", noted_rename)
    write_checkpoint(tmp_path / "c.pt", held)
    assert order == ["fsync", "rename", "fsync"]  # content, name, folder


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_code_in_a_file_is_refused_and_not_run(tmp_path):
    torch.save({"format": module.FORMAT, "step": Harmful(tmp_path / "ran")}, tmp_path / "c.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Harmful(tmp_path / "ran")))
    for name in ("c.pt", "plain.pt"):
        with pytest.raises(BadInput):
            read_checkpoint(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_files_that_are_no_checkpoint_are_bad_input(held, tmp_path):
    write_checkpoint(tmp_path / "whole.pt", held)
    whole = (tmp_path / "whole.pt").read_bytes()
    (tmp_path / "half.pt").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "text.pt").write_text("hello")
    torch.save({"format": module.FORMAT}, tmp_path / "hollow.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    for name in ("half.pt", "empty.pt", "text.pt", "hollow.pt", "list.pt", "missing.pt", ""):
        with pytest.raises(BadInput):
            read_checkpoint(tmp_path / name)
