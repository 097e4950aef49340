"""The script that adds to a base that brings torch: run as it is in an image, by a real Python."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "templates/keep.py.j2"
UV = """#!/bin/sh
echo "uv $*" > {told}
cat "$(eval echo \\${{$#}})" >> {told}
"""


@pytest.fixture
def keep():
    """The script's functions."""
    names = {"__name__": "keep"}
    exec(compile(SCRIPT.read_text("utf-8"), SCRIPT.name, "exec"), names)  # noqa: S102  (our own)
    return names


@pytest.fixture
def base(tmp_path):
    """A Python of its own that has torch, as a base does: a real environment without pip."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (packages,) = (home / "lib").glob("python3*/site-packages")
    for name, version in (("torch", "2.11.0+cu130"), ("Typing_Extensions", "4.1.0")):
        info = packages / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return home / "bin" / "python"


@pytest.fixture
def run(tmp_path, base):
    """Return a function: run the script on a lock, with a folder that has uv or not."""
    told, constraints, folder = (tmp_path / name for name in ("told", "constraints", "wheelhouse"))
    folder.mkdir()

    def run(lock, *, uv=True, damaged=False, wheels=()):
        wheel = folder / "uv-0.13.9-py3-none-manylinux_2_17_x86_64.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("uv-0.13.9.data/scripts/uv", UV.format(told=told))
        digest = "0" * 64 if damaged else hashlib.sha256(wheel.read_bytes()).hexdigest()
        if not uv:
            wheel.unlink()
        for name in wheels:
            (folder / name).touch()
        text = SCRIPT.read_text("utf-8")
        text = text[: text.index("if __name__")] + (
            f"main({lock!r}, 'uv==0.13.9 \\\\\\n    --hash=sha256:{digest}\\n', "
            f"Path({str(folder)!r}), Path({str(constraints)!r}))"
        )
        done = subprocess.run(
            [base, "-B", "-"], input=text, capture_output=True, text=True, check=False
        )
        return done, told.read_text() if told.exists() else "", constraints.read_text()

    return run


LOCK = """\
# Written by `imagewright lock`. Do not edit.
typing-extensions==4.16.0 \\
    --hash=sha256:aa
torch==2.13.0 \\
    --hash=sha256:bb
"""
MORE = LOCK + "uvicorn[standard]==0.54.0 \\\n    --hash=sha256:cc \\\n    --hash=sha256:dd\n"


def test_where_nothing_is_missing_nothing_is_started(run):
    done, told, constraints = run(LOCK, uv=False)
    assert done.returncode == 0, done.stderr
    assert told == ""
    assert constraints == "torch==2.11.0+cu130\ntyping-extensions==4.1.0\n"
    assert "kept: torch 2.11.0+cu130 (locked: 2.13.0)" in done.stdout


def test_only_what_is_missing_is_installed_with_its_hashes(run):
    done, told, constraints = run(MORE)
    assert done.returncode == 0, done.stderr
    command, *lock = told.splitlines()
    assert "--require-hashes --no-deps" in command
    assert "--no-index" not in command  # the folder does not have it
    assert lock == [
        "uvicorn[standard]==0.54.0 \\",
        "    --hash=sha256:cc \\",
        "    --hash=sha256:dd",
    ]
    assert "torch==2.11.0+cu130" in constraints


def test_where_the_folder_has_all_of_it_no_index_is_asked(run):
    _, told, _ = run(MORE, wheels=["uvicorn-0.54.0-py3-none-any.whl"])
    assert "--no-index" in told.splitlines()[0]


def test_another_release_in_the_folder_is_not_the_one(run):
    _, told, _ = run(MORE, wheels=["uvicorn-0.53.0-py3-none-any.whl"])
    assert "--no-index" not in told.splitlines()[0]


def test_a_uv_that_is_not_the_locked_one_is_not_run(run):
    done, told, _ = run(MORE, damaged=True)
    assert (done.returncode, told) == (1, "")
    assert "is not the wheel that installer.lock names" in done.stderr


def test_without_uv_and_pip_it_says_what_to_bring(run):
    done, _, _ = run(MORE, uv=False)
    assert done.returncode == 1
    assert "put the wheel of uv 0.13.9 into the wheelhouse" in done.stderr


def test_names_are_compared_as_pep_503_spells_them(keep):
    assert keep["normal"]("Typing__Extensions.x") == "typing-extensions-x"
    assert keep["entries"]("zope.interface==1.0 \\\n  --hash=a\n") == {
        "zope-interface": ("1.0", "zope.interface==1.0 \\\n  --hash=a\n")
    }
