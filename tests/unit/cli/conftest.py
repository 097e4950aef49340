"""A copy of the repository's inputs, and the command line run in process."""

import shutil
from pathlib import Path

import pytest

from validation.cli import main

ROOT = Path(__file__).resolve().parents[3]


class Checkout:
    """A checkout and the way to run a verb in it."""

    def __init__(self, root, capsys):
        self.root, self._capsys = root, capsys

    def imagewright(self, *words):
        """Run a verb; return (exit code, stdout, stderr)."""
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(self.root), *words])
        out, err = self._capsys.readouterr()
        return ended.value.code, out, err


@pytest.fixture
def checkout(tmp_path, capsys, monkeypatch):
    for part in ("images", "templates", "trainer"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copyfile(ROOT / "matrix.yaml", tmp_path / "matrix.yaml")
    monkeypatch.setenv("IMAGEWRIGHT_CACHE", str(tmp_path / "cache"))
    return Checkout(tmp_path, capsys)
