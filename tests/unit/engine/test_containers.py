"""Containers of a run: an engine that refuses is the world's failure, with the next step."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from docker.errors import APIError

from validation.engine.containers import running
from validation.engine.runs import Run
from validation.errors import WorldFailed

RUN = Run(id="r", host="h", scratch=Path("/none"))


@pytest.mark.parametrize(
    ("why", "hint"),
    [
        ("write /x/.tmp-lower7: no space left on device", "free some room"),
        ("cgroups: cannot find cgroup mount destination", "imagewright engine status"),
    ],
)
def test_a_refusal_says_the_next_step_and_what_was_begun_is_removed(why, hint):
    container = SimpleNamespace(start=Mock(side_effect=APIError("500", explanation=why)))
    client = Mock()
    client.containers.create.return_value = container
    with pytest.raises(WorldFailed, match="cannot start") as failed, running(client, "x", RUN):
        pass
    assert hint in failed.value.hint
    assert client.api.remove_container.called
