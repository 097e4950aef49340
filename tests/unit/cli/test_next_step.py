"""Every failure ends with a next step, also where nobody thought of one."""

import pytest

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
