"""The wheels image of CUDA 12.6 beside a Dockerfile written by hand, of the same content.

Both are built in an engine of the benchmark's own, on the same base, from the same lock, with
everything cold: before each build all images of that side and the whole build cache, the
installer's among it, are gone. The sides take turns, the first of a pair changes. The targets: no
slower than 1.1 times, no larger than 1.0 times.

Needs 14 GB of disk and an index. Seconds are of the clock; on a machine on which others work only
the ratios within a pair mean anything. Prints figures and ratios, asserts nothing.
Run: python bench/wheels.py [PAIRS].
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from references import say  # noqa: E402  (found by the line above)

from validation.engine.client import Engine, client_environment, find_engine  # noqa: E402  (as above)
from validation.model import Project  # noqa: E402  (as above)
from validation.net.installer_config import read_installer_config  # noqa: E402  (as above)
from validation.render.installer import render_installer_secret  # noqa: E402  (as above)

ROOT = Path(__file__).parents[1]
IMAGE = "wheels-cu126-torch2.7.1-cupy13.6.0-py3.11-debian12"
SELECTOR = "family=wheels cuda=12.6"
PAIRS = 2
PARTS = ("matrix.yaml", "images", "templates", "trainer", ".dockerignore")
HAND = "by-hand:1"
DOCKERFILE = """\
ARG BASE
FROM ${BASE}
RUN --mount=type=secret,id=installer --mount=type=tmpfs,target=/run/installer \\
    . /run/secrets/installer \\
    && apt-get update \\
    && apt-get install -y --no-install-recommends ca-certificates python3.11 python3.11-venv \\
    && rm -rf /var/lib/apt/lists/*
COPY requirements.lock /tmp/requirements.lock
RUN --mount=type=secret,id=installer --mount=type=tmpfs,target=/run/installer \\
    . /run/secrets/installer \\
    && python3.11 -m venv /opt/venv \\
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock
COPY trainer /opt/imagewright/trainer
RUN useradd --uid 1000 --create-home imagewright
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/imagewright
USER 1000
CMD ["python", "-m", "trainer", "serve"]
"""


class Built(NamedTuple):
    """How long one build took, in seconds, and how large its image is, in bytes."""

    seconds: float
    size: int


class Sides:
    """The two ways to build, in one engine of their own."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.environment = {
            **os.environ,
            "IMAGEWRIGHT_CACHE": str(scratch / "cache"),
            "DOCKER_HOST": "unix:///nowhere/docker.sock",  # whatever engine is there is not asked
            "CI": "true",
        }
        self.checkout = scratch / "checkout"
        self.checkout.mkdir()
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
            copy(ROOT / part, self.checkout / part)
        self.imagewright("engine", "up")
        self.imagewright("build", "family=inference")  # goes along with ours, and brings the base
        project = Project(root=self.checkout, cache=scratch / "cache")
        os.environ["DOCKER_HOST"] = self.environment["DOCKER_HOST"]
        self.engine: Engine = find_engine(project)
        self.client = {**os.environ, **client_environment(self.engine, project)}
        self.base = self.docker(
            "images", "--format", "{{.Repository}}:{{.Tag}}", "imagewright-base"
        )
        self.context = self._context()

    def _context(self) -> Path:
        folder = self.scratch / "hand"
        folder.mkdir()
        (folder / "Dockerfile").write_text(DOCKERFILE)
        shutil.copyfile(
            self.checkout / "images" / IMAGE / "requirements.lock", folder / "requirements.lock"
        )
        shutil.copytree(
            self.checkout / "trainer",
            folder / "trainer",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        secret = self.scratch / "installer"
        secret.touch(mode=0o600)
        secret.write_text(render_installer_secret(read_installer_config(os.environ, None), {}))
        return folder

    def imagewright(self, *words: str) -> None:
        argv = [sys.executable, "-m", "validation", "--root", self.checkout, *words]
        subprocess.run(argv, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def docker(self, *words: str) -> str:
        argv = [self.engine.docker, *words]
        done = subprocess.run(argv, env=self.client, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def cold(self) -> None:
        """Remove what either side built and all that a build could find again."""
        tags = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        for tag in (HAND, f"imagewright:{IMAGE}"):
            if tag in tags:
                self.docker("rmi", tag)
        self.docker("builder", "prune", "--all", "--force")

    def ours(self) -> Built:
        start = time.monotonic()
        self.imagewright("build", SELECTOR)
        return Built(time.monotonic() - start, self.size(f"imagewright:{IMAGE}"))

    def by_hand(self) -> Built:
        argv = [self.engine.buildx, "build", "--progress", "plain", "--load", "--network", "host"]
        argv += ["--build-arg", f"BASE={self.base.splitlines()[0]}", "--tag", HAND]
        argv += ["--secret", f"id=installer,src={self.scratch / 'installer'}", "."]
        start = time.monotonic()
        subprocess.run(argv, env=self.client, cwd=self.context, check=True, capture_output=True)
        return Built(time.monotonic() - start, self.size(HAND))

    def size(self, tag: str) -> int:
        return int(self.docker("image", "inspect", "--format", "{{.Size}}", tag))


def main(pairs: int) -> None:
    """Build both, in turns, and print every figure."""
    with tempfile.TemporaryDirectory(prefix="imagewright-bench-") as folder:
        sides = Sides(Path(folder))
        try:
            for pair in range(pairs):
                found = {}
                order = ["ours", "by_hand"]
                for side in order if pair % 2 else reversed(order):
                    sides.cold()
                    found[side] = getattr(sides, side)()
                    seconds, size = found[side]
                    say(f"pair {pair + 1}  {side:8} {seconds:6.1f} s  {size / 1e6:7.1f} MB")
                time_ratio = found["ours"].seconds / found["by_hand"].seconds
                size_ratio = found["ours"].size / found["by_hand"].size
                say(
                    f"pair {pair + 1}  ours / by hand: time {time_ratio:.2f}, size {size_ratio:.3f}"
                )
        finally:
            sides.cold()
            sides.imagewright("engine", "down")
    say(f"load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)
