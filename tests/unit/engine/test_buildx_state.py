"""A damaged state of buildx does not stop every build."""

import pytest

from validation.engine.buildx_state import mend_buildx_state


@pytest.mark.parametrize("content", [b"", b'{"Key":"unix', b"\xd7\xff", b"not what it was\n"])
def test_a_damaged_file_is_removed(tmp_path, content):
    (tmp_path / "current").write_bytes(content)
    mend_buildx_state(tmp_path)
    assert not (tmp_path / "current").exists()


def test_a_whole_one_stays(tmp_path):
    (tmp_path / "current").write_text('{"Key":"unix:///x","Name":"mine","Global":false}')
    mend_buildx_state(tmp_path)
    assert "mine" in (tmp_path / "current").read_text()


def test_none_is_none(tmp_path):
    mend_buildx_state(tmp_path / "nowhere")
