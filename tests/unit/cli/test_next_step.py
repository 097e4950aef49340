"""Every failure ends with a next step, also where nobody thought of one."""

import pytest
from docker.errors import DockerException
from requests.exceptions import ReadTimeout

import validation.cli.plan as verb
from validation.errors import BadInput, Findings, WorldFailed


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (BadInput("no good"), "→ mend what is named"),
        (Findings("a drift"), "→ mend what is named"),
        (WorldFailed("no answer"), "→ see `imagewright engine status`"),
        (WorldFailed("no answer", hint="plug it in"), "→ plug it in"),
    ],
)
def test_a_failure_has_a_next_step(checkout, monkeypatch, error, step):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(verb, "open_workspace", fail)
    code, _, err = checkout.imagewright("plan")
    assert code == error.exit_code
    assert step in err
    assert err.count("→") == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied", "/cache/runs"), "/cache/runs: Permission denied"),
        (ReadTimeout("read timed out"), "read timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (DockerException("the engine\nis odd"), "the engine is odd"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_what_the_world_raises_is_one_message_and_3(checkout, monkeypatch, error, told):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(verb, "open_workspace", fail)
    code, _, err = checkout.imagewright("plan")
    assert code == 3
    assert err.startswith(f"error: {told}\n  → see `imagewright engine status`")


def test_a_mistake_of_our_own_is_not_taken_for_the_worlds(checkout, monkeypatch):
    def fail(*_, **__):
        raise KeyError("a mistake")

    monkeypatch.setattr(verb, "open_workspace", fail)
    with pytest.raises(KeyError):
        checkout.imagewright("plan")
