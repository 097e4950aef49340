"""A private engine of one cache, driven by the command line, and what it leaves on the machine."""

import subprocess
from pathlib import Path

from tests.engine.conftest import Checkout
from validation.engine.layout import Layout
from validation.engine.leftovers import servers

# Named and dead: whatever engine the machine has is not asked, so that ours is what is tested.
NOWHERE = "unix:///nowhere/docker.sock"


class Private:
    """One cache's private engine, driven by the command line."""

    def __init__(self, checkout: Checkout, cache: Path) -> None:
        self.layout = Layout(cache=cache)
        self._checkout = checkout

    def run(
        self, *words: str, code: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        ours = {"IMAGEWRIGHT_CACHE": str(self.layout.cache), "DOCKER_HOST": NOWHERE}
        return self._checkout.imagewright("engine", *words, code=code, **ours, **environment)

    def beside(self, cache: Path) -> "Private":
        """Return the engine of another cache."""
        return Private(self._checkout, cache)

    def docker(self, *words: str) -> str:
        return subprocess.run(
            [self.layout.programs / "usr/bin/docker", "--host", self.layout.host, *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()

    @property
    def daemon(self) -> int:
        pids = [pid for pid, name in servers(self.layout).items() if name == "dockerd"]
        assert len(pids) == 1, f"{len(pids)} daemons"
        return pids[0]

    def traces(self) -> list[str]:
        """Everything on this machine that belongs to this engine."""
        found = [f"process {pid} {name}" for pid, name in servers(self.layout).items()]
        mounts = Path("/proc/self/mountinfo").read_text("utf-8")
        found += [line for line in mounts.splitlines() if str(self.layout.home) in line]
        found += [f"file {at}" for at in (self.layout.home, self.layout.runtime) if at.exists()]
        found += [str(at) for at in Path("/sys/class/net").glob(self.layout.bridge)]
        found += [str(at) for at in Path("/sys/fs/cgroup").glob(f"*/{self.layout.cgroup}")]
        found += [str(at) for at in Path("/sys/fs/cgroup").glob(self.layout.cgroup)]
        return found
