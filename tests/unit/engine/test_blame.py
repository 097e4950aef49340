"""Who is to blame for a failed build, told from buildx's status and its log."""

import pytest

from validation.engine.blame import blame_world

STEP = ["#12 ERROR: process \"/bin/sh -c <<'SH'\" did not complete successfully: exit code: 1"]


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        (["rpc error: code = Unavailable desc = error reading from server: EOF"], "engine up"),
        (["write /x: no space left on device"], "free some room"),
        (["ERROR: failed to resolve source metadata for docker.io/x"], "registry"),
        (["error: Failed to fetch: `http://127.0.0.1/x`"], "pip config list"),
        (["did not complete successfully: exit code: 137"], "killed"),
        (["0.361 runc run failed: container process is already dead"], "killed"),
    ],
)
def test_the_world_is_blamed_with_the_next_step(lines, hint):
    blame = blame_world(1, [*lines, *STEP])
    assert blame is not None
    assert hint in blame.hint


def test_a_step_that_fails_by_itself_is_the_dockerfiles():
    assert blame_world(1, STEP) is None


def test_a_killed_buildx_says_so_whatever_the_log_holds():
    blame = blame_world(-9, ["#1 DONE 0.1s"])
    assert blame is not None
    assert "signal 9" in blame.reason
