"""The Python that the image runs."""

from testinfra.host import Host

from validation.model import Image
from validation.prove.suite.given import PYTHON, Probe


def test_version_is_declared(probe: Probe, image: Image) -> None:
    """The interpreter is of the declared version: a base may bring another one under its name."""
    found = probe("packages")["python"]
    assert f"{found}.".startswith(f"{image.python}."), f"declared {image.python}, found {found}"


def test_is_the_environments(host: Host, probe: Probe) -> None:
    """`python` on the PATH is the environment's own, so that what was locked is what runs."""
    assert host.check_output("command -v python") == PYTHON
    assert probe("packages")["prefix"] == "/opt/venv"
