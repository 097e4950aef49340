"""The base's own words about its end."""

import re

import pytest
from docker.models.containers import Container
from testinfra.host import Host

from validation.prove.suite.given import Described

FLAG = "NVIDIA_CUDA_END_OF_LIFE"
"""Any value makes nvidia/cuda's entrypoint print its notice (its 90-deprecated-image.sh)."""

NOTICE = re.compile(
    r"DEPRECATION NOTICE|IMAGE IS DEPRECATED|scheduled for DELETION|END[- ]OF[- ]LIFE", re.I
)
ENTRYPOINT = "/opt/nvidia/nvidia_entrypoint.sh"


def test_no_end_of_life_flag(described: Described) -> None:
    """The base does not carry NVIDIA's end-of-life flag: such a base is going to be deleted."""
    assert not described.environment.get(FLAG), f"{FLAG}={described.environment[FLAG]}"


def test_start_shows_no_notice(container: Container) -> None:
    """What the container says when it starts holds no deprecation notice."""
    text = container.logs().decode(errors="replace")
    found = NOTICE.search(text)
    assert found is None, f"the start-up log says {found[0]!r}" if found else ""


def test_base_shows_no_notice(host: Host) -> None:
    """The base's own entrypoint, which ours replaces, has no deprecation notice to show either."""
    if not host.file(ENTRYPOINT).exists:
        pytest.skip("the base has no entrypoint of NVIDIA's")
    done = host.run("%s true", ENTRYPOINT)
    found = NOTICE.search(done.stdout + done.stderr)
    assert found is None, f"{ENTRYPOINT} says {found[0]!r}" if found else ""
