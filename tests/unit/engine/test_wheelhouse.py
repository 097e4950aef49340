"""Only wheels that the lock knows by hash, and that the image can install, are staged."""

import hashlib
import os

import pytest

from validation.engine import wheelhouse as room
from validation.engine.wheelhouse import stage_wheels
from validation.errors import WorldFailed

X86 = "x86_64-manylinux_2_36"
ARM = "aarch64-manylinux_2_36"


def lock(**wheels):
    """Return a lock's text: {name: (version, contents of its files)}."""
    return "".join(
        f"{name}=={version}"
        + "".join(
            f" \\\n    --hash=sha256:{hashlib.sha256(content).hexdigest()}" for content in contents
        )
        + "\n"
        for name, (version, *contents) in wheels.items()
    )


@pytest.fixture
def stage(tmp_path):
    """Return a function: stage a lock's wheels from a folder with these files."""

    def stage(text, files, python="3.11", platforms=(X86,)):
        folder = tmp_path / "wheels"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        into = tmp_path / "staged"
        return stage_wheels([text], [folder], into, python=python, platforms=platforms)

    return stage


def test_wheels_are_taken_by_hash_not_by_name(stage):
    text = lock(torch=("2.13.0+cpu", b"good"), **{"typing-extensions": ("4.1", b"right")})
    staged = stage(
        text,
        {
            "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl": b"good",
            "Typing_Extensions-4.1-py3-none-any.whl": b"tampered",
            "other-1.0-py3-none-any.whl": b"other",
            "typing_extensions.whl": b"right",
        },
    )
    assert staged.wheels == ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl",)
    assert (staged.folder / staged.wheels[0]).read_bytes() == b"good"
    assert staged.covers_torch
    assert not staged.covers_all


def test_all_covered_means_no_index_is_needed(stage):
    staged = stage(lock(uv=("0.13.9", b"uv")), {"uv-0.13.9-py3-none-any.whl": b"uv"})
    assert staged.covers_all


def test_nothing_at_hand(stage):
    staged = stage(lock(torch=("2.13.0+cpu", b"x")), {})
    assert staged.wheels == ()
    assert not staged.covers_torch


def test_another_pythons_or_machines_wheel_does_not_stand_in_for_the_images_own(stage):
    """A lock holds the hashes of all of a release's files: the first ones are no use here."""
    files = {
        "numpy-2.1-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": b"arm",
        "numpy-2.1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": b"old",
    }
    own = "numpy-2.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    text = lock(numpy=("2.1", b"arm", b"old", b"own"))
    assert not stage(text, files).covers_all
    staged = stage(text, {**files, own: b"own"})
    assert staged.covers_all
    assert staged.wheels == (own,)


def test_pytorchs_index_is_still_needed_for_another_machines_torch(stage):
    name = "torch-2.13.0+cpu-cp311-cp311-linux_aarch64.whl"
    assert not stage(lock(torch=("2.13.0+cpu", b"arm")), {name: b"arm"}).covers_torch


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py3-none-manylinux1_x86_64", True),
        ("py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
        ("cp39-abi3-manylinux_2_28_x86_64", True),
        ("cp312-cp312-manylinux_2_36_x86_64", True),
        ("cp312-cp312-linux_x86_64", True),
        ("cp313-abi3-manylinux_2_28_x86_64", False),
        ("cp312-cp312-manylinux_2_39_x86_64", False),
        ("cp312-cp312-musllinux_1_2_x86_64", False),
        ("cp312-cp312t-manylinux_2_28_x86_64", False),
        ("cp312-cp312-macosx_11_0_arm64", False),
        ("cp312-cp312-win_amd64", False),
        ("py2-none-any", False),
    ],
)
def test_a_file_counts_where_the_images_python_and_libc_take_it(stage, tag, fits):
    staged = stage(lock(one=("1.0", b"one")), {f"one-1.0-{tag}.whl": b"one"}, python="3.12")
    assert (staged.covers_all, len(staged.wheels)) == (fits, int(fits))


def test_an_image_of_two_platforms_needs_the_files_of_both(stage):
    arm = {"one-1.0-cp311-cp311-manylinux_2_17_aarch64.whl": b"arm"}
    x86 = {"one-1.0-cp311-cp311-manylinux_2_17_x86_64.whl": b"x86"}
    text = lock(one=("1.0", b"arm", b"x86"))
    assert not stage(text, arm, platforms=(X86, ARM)).covers_all
    staged = stage(text, x86, platforms=(X86, ARM))
    assert staged.covers_all
    assert staged.wheels == tuple(sorted({**arm, **x86}))


def test_what_is_pinned_for_another_platform_is_not_missed(stage):
    text = lock(one=("1.0", b"one")) + "two==1.0 ; platform_machine == 'aarch64'\n"
    staged = stage(text, {"one-1.0-py3-none-any.whl": b"one"})
    assert staged.covers_all


@pytest.mark.parametrize("kind", ["dangling", "folder"])
def test_a_locked_wheel_that_cannot_be_read_is_named(stage, tmp_path, kind):
    path = tmp_path / "wheels" / "one-1.0-py3-none-any.whl"
    path.parent.mkdir()
    if kind == "dangling":
        path.symlink_to("gone.whl")
    else:
        path.mkdir()
    with pytest.raises(WorldFailed, match=r"one-1\.0-py3-none-any\.whl cannot be read") as caught:
        stage(lock(one=("1.0", b"one")), {})
    assert "take it out" in caught.value.hint
    assert stage(lock(two=("1.0", b"two")), {}).wheels == ()


def test_a_linked_wheel_is_staged_as_a_file(stage, tmp_path):
    (tmp_path / "kept").write_bytes(b"one")
    path = tmp_path / "wheels" / "one-1.0-py3-none-any.whl"
    path.parent.mkdir()
    path.symlink_to("../kept")
    (name,) = stage(lock(one=("1.0", b"one")), {}).wheels
    assert not (tmp_path / "staged" / name).is_symlink()


def test_the_same_file_in_two_folders_is_staged_once_and_written_to_neither(tmp_path):
    name = "one-1.0-py3-none-any.whl"
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(b"one")
    inodes = [(tmp_path / folder / name).stat().st_ino for folder in ("a", "b")]
    for _ in range(2):  # the second attempt finds what the first one left
        staged = stage_wheels(
            [lock(one=("1.0", b"one"))],
            [tmp_path / "a", tmp_path / "b"],
            tmp_path / "staged",
            python="3.11",
            platforms=(X86,),
        )
        assert staged.wheels == (name,)
    assert [(tmp_path / folder / name).stat().st_ino for folder in ("a", "b")] == inodes


def refuse(*_, **__):
    raise OSError(28, os.strerror(28))


def test_a_full_disk_says_what_to_do(stage, monkeypatch):
    monkeypatch.setattr(room.os, "link", refuse)
    monkeypatch.setattr(room.shutil, "copyfile", refuse)
    with pytest.raises(WorldFailed, match="No space left") as caught:
        stage(lock(one=("1.0", b"one")), {"one-1.0-py3-none-any.whl": b"one"})
    assert "leave room" in caught.value.hint


def test_a_folder_that_cannot_be_made_says_what_to_do(stage, tmp_path):
    (tmp_path / "staged").write_text("a file where the folder goes")
    with pytest.raises(WorldFailed, match="cannot make"):
        stage(lock(one=("1.0", b"one")), {})
