"""Records of builds: a damaged one is left out, whatever is wrong with it."""

import msgspec
import pytest

from validation.engine.records import BuildRecord, read_records, write_record
from validation.model import Project

TEXT = b"""
{"run": "r", "image": "cpu", "tag": "t", "digest": "sha256:0", "inputs": "i", "base": "b",
 "base_digest": "d", "base_how": "registry", "place": "engine", "platforms": ["linux/amd64"],
 "started": "2026-11-23T12:00:00Z", "seconds": 1, "expected_seconds": 0}
"""


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:40],
        lambda text: b"\xff" + text,
        lambda text: text.replace(b'"run"', b'"walk"'),
        lambda text: text.replace(b"12:00:00Z", b"12:00:00"),  # no zone: cannot be compared
    ],
)
def test_a_damaged_record_is_left_out(tmp_path, damage):
    project = Project(root=tmp_path, cache=tmp_path)
    good = msgspec.json.decode(TEXT, type=BuildRecord)
    path = write_record(project, good)
    assert read_records(project) == (good,)
    path.with_name("bad.json").write_bytes(damage(TEXT))
    assert read_records(project) == (good,)
