"""A full disk under the engine and under out/; folders that cannot be written."""

import contextlib
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalogue import fault
from tests.faults.killing import BUILD, TEST
from tests.faults.lab import Ended, Lab

_MB = 1_000_000
_TRIES = 5


@contextlib.contextmanager
def ballast(lab: Lab) -> Iterator[Path]:
    """Give a place for a file that fills the engine's disk, and free it at the end."""
    path = lab.cache.parent / "ballast"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def fill(path: Path, leave: int) -> None:
    """Take all but `leave` bytes of the disk; others may write meanwhile, so it is tried again."""
    with path.open("wb") as file:
        taken = 0
        for _ in range(_TRIES):
            wanted = taken + shutil.disk_usage(path.parent).free - leave
            with contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(1, wanted))
                return
            taken = path.stat().st_blocks * 512


def _fill_in(lab: Lab, draw: random.Random, words: tuple[str, ...], phase: str, most: int) -> Ended:
    """Run a verb and fill the engine's disk at a moment, but for a few bytes."""
    moment, leave = draw.uniform(0.1, 0.7), draw.randrange(0, most)
    with ballast(lab) as path:
        run = lab.start(*words)
        run.until(moment * lab.phases[phase].length)
        fill(path, leave)
        return run.wait()


# 0: what was left was enough for what was still to be written.
@fault(
    "disk full under the engine",
    "build of all wheels",
    share=3,
    codes={0, 3},
    deep=True,
    phase="deep build",
)
def fill_while_building(lab: Lab, draw: random.Random) -> Ended:
    return _fill_in(lab, draw, BUILD, "deep build", _MB)


@fault("disk full under the engine", "before build", share=2, codes={3})
def fill_before_building(lab: Lab, draw: random.Random) -> Ended:
    with ballast(lab) as path:
        fill(path, draw.randrange(0, 50 * _MB))
        return lab.run("build")


@fault("disk full under the engine", "test", share=1, codes={0, 3}, then=TEST)
def fill_while_proving(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    with ballast(lab) as path:
        fill(path, draw.randrange(0, 1 + 50_000 * draw.randrange(2)))
        return lab.run("test")


@contextlib.contextmanager
def over(path: Path, options: str) -> Iterator[None]:
    """Mount a small file system in memory over a folder, with what the folder held."""
    kept = path.with_name(f"{path.name}.kept")
    shutil.copytree(path, kept)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path], check=True)
    try:
        shutil.copytree(kept, path, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
        shutil.rmtree(kept)


def _run_on_full_out(lab: Lab, draw: random.Random, *words: str) -> Ended:
    with over(lab.root / "out", "rw"):
        fill(lab.root / "out/ballast", draw.choice([0, 0, 4096, 16384]))
        return lab.run(*words)


# 0: four pages were enough for what is written there.
@fault("out/ on a full disk", "build", share=2, codes={0, 3})
def build_into_full_out(lab: Lab, draw: random.Random) -> Ended:
    return _run_on_full_out(lab, draw, "build")


@fault("out/ on a full disk", "test", share=1, codes={0, 3}, then=TEST)
def prove_into_full_out(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    return _run_on_full_out(lab, draw, "test")


@fault("out/ on a full disk", "report", share=1, codes={3}, then=("report",))
def report_into_full_out(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    with over(lab.root / "out", "rw"):
        fill(lab.root / "out/ballast", 0)
        return lab.run("report")


@fault("cache full", "lock", share=2, codes={3})
def lock_without_room(lab: Lab, draw: random.Random) -> Ended:
    with over(lab.cache / "runs", "rw"):
        fill(lab.cache / "runs/ballast", draw.choice([0, 4096]))
        return lab.run("lock")


@fault("out/ read-only", "build", share=2, codes={3})
def build_into_read_only_out(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    with over(lab.root / "out", "ro"):
        return lab.run("build")


@fault("out/ read-only", "test", share=1, codes={3}, then=TEST)
def prove_into_read_only_out(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    lab.must("build")
    with over(lab.root / "out", "ro"):
        return lab.run("test")


@fault("out/ read-only", "report", share=1, codes={3}, then=("report",))
def report_into_read_only_out(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    with over(lab.root / "out", "ro"):
        return lab.run("report")


@fault("images/ read-only", "render", share=1, codes={3})
def render_read_only(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    dockerfile = lab.root / "images" / lab.image / "Dockerfile"
    whole = dockerfile.read_bytes()
    dockerfile.write_bytes(whole + b"# drift\n")
    try:
        with over(lab.root / "images", "ro"):
            return lab.run("render")
    finally:
        dockerfile.write_bytes(whole)


@fault("cache read-only", "build", share=2, codes={3})
def build_with_read_only_runs(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    with over(lab.cache / "runs", "ro"):
        return lab.run("build")


@fault("cache full", "test", share=1, codes={3}, then=TEST)
def prove_with_full_runs(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    lab.must("build")
    with over(lab.cache / "runs", "rw"):
        fill(lab.cache / "runs/ballast", 0)
        return lab.run("test")
