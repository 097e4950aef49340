"""What a build is handed beside its context, where the disk or the wheels refuse."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from tests.unit.engine.test_bases import IMAGE
from validation.cli.staging import Staging
from validation.engine.runs import Run
from validation.errors import WorldFailed
from validation.model import Project
from validation.render.installer import InstallerConfig


@pytest.fixture
def stage(tmp_path):
    """Return a function: the text of the installer secret, with one pinned wheel at hand."""
    folder = tmp_path / "images" / IMAGE.id
    folder.mkdir(parents=True)
    digest = hashlib.sha256(b"one").hexdigest()
    (folder / "requirements.lock").write_text(f"one==1.0 \\\n    --hash=sha256:{digest}\n")
    (tmp_path / "wheels").mkdir()
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def stage(wheel, image=IMAGE):
        (tmp_path / "wheels" / wheel).write_bytes(b"one")
        staging = Staging(
            Project(root=tmp_path, cache=tmp_path / "cache"),
            Run(id="run", host="host", scratch=scratch),
            InstallerConfig(find_links=(tmp_path / "wheels",)),
        )
        secret, _ = staging.of(image)
        assert secret.stat().st_mode & 0o777 == 0o600
        return secret.read_text()

    return stage


@pytest.mark.parametrize(
    ("wheel", "alone"),
    [
        ("one-1.0-cp311-cp311-manylinux_2_36_x86_64.whl", True),
        ("one-1.0-cp312-cp312-manylinux_2_36_x86_64.whl", False),
        ("one-1.0-cp311-cp311-manylinux_2_36_aarch64.whl", False),
        ("one-1.0-cp311-cp311-manylinux_2_39_x86_64.whl", False),
    ],
)
def test_the_index_is_shut_off_only_for_wheels_that_the_image_can_install(stage, wheel, alone):
    assert ("UV_NO_INDEX" in stage(wheel)) == alone


def test_an_image_of_two_platforms_keeps_its_index_where_one_has_no_wheel(stage):
    image = msgspec.structs.replace(IMAGE, platforms=("linux/amd64", "linux/arm64"))
    assert "UV_NO_INDEX" not in stage("one-1.0-cp311-cp311-linux_x86_64.whl", image)


def test_a_secret_that_cannot_be_written_says_what_to_do(stage, monkeypatch):
    def refuse(path, *_, **__):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(WorldFailed, match="No space left") as caught:
        stage("one-1.0-py3-none-any.whl")
    assert "leave room" in caught.value.hint
