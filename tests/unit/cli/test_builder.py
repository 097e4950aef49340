"""What a build is told about where the source lives."""

import pytest

from validation.cli.inputs import read_trainer, web_address
from validation.model import Project


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://token:x@git.example/a/b.git", "https://git.example/a/b"),
        ("git@git.example:a/b.git", "https://git.example/a/b"),
        ("ssh://git@git.example/a/b", "https://git.example/a/b"),
        ("/home/me/clone", "unknown"),
        ("file:///srv/b.git", "unknown"),
        ("", "unknown"),
    ],
)
def test_source_label_is_a_public_address_or_unknown(remote, address):
    assert web_address(remote) == address


def test_trainer_hash_sees_every_change_and_no_cache(tmp_path):
    project = Project(root=tmp_path, cache=tmp_path / "cache")
    (tmp_path / "trainer/verbs").mkdir(parents=True)
    (tmp_path / "trainer/a.py").write_text("1")
    first = read_trainer(project)
    (tmp_path / "trainer/__pycache__").mkdir()
    (tmp_path / "trainer/__pycache__/a.pyc").write_text("x")
    assert read_trainer(project) == first
    (tmp_path / "trainer/verbs/b.py").write_text("")
    assert read_trainer(project) != first
