"""Which files are read at all."""

import pytest

from tests.unit.watch.references.conftest import Scan, images
from validation.watch.references.kinds import is_dockerfile


@pytest.mark.parametrize(
    "name",
    ["Dockerfile", "a/Dockerfile.gpu", "a/gpu.Dockerfile", "Containerfile", "Dockerfile-dev",
     "Dockerfile_cuda", "x.dockerfile", "Containerfile.dev", "dockerfile"],
)  # fmt: skip
def test_what_is_a_dockerfile(name: str) -> None:
    assert is_dockerfile(name)


@pytest.mark.parametrize(
    "name",
    ["Dockerfile.j2", "Dockerfile.dockerignore", "Dockerfile.md", "dockerfile.py", "Dockerfiles",
     "my-Dockerfile.txt.md", "Dockerfile~", "a.Dockerfile.j2", "Dockerfile.yaml"],
)  # fmt: skip
def test_what_is_none(name: str) -> None:
    assert not is_dockerfile(name)


def test_a_file_that_a_person_names_needs_no_telling_name(scan: Scan) -> None:
    files = {"my-image": "FROM debian:12\n", "notes.txt": "hello\n"}
    assert not scan(files).references
    assert images(scan(files, "my-image")) == ["debian:12"]
    assert "not a kind" in scan(files, "notes.txt").problems[0].message
