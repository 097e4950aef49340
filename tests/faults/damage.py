"""Files that are cut short, overwritten or of somebody else: receipts, caches, locks, sockets."""

import contextlib
import os
import random
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.catalogue import fault
from tests.faults.judge import next_step
from tests.faults.lab import Ended, Lab
from validation.engine.leftovers import daemon_pid, servers

SPOILED = ("cut", "empty", "noise", "text")


def spoil(path: Path, draw: random.Random) -> None:
    """Damage a file: cut it short, empty it, or put other bytes or text in its place."""
    content = path.read_bytes()
    way = draw.choice(SPOILED)
    new = {
        "cut": content[: draw.randrange(1, max(2, len(content)))],
        "empty": b"",
        "noise": draw.randbytes(max(1, min(len(content), 10_000))),
        "text": b"not what it was\n",
    }[way]
    path.write_bytes(new if new != content else b"")


@contextlib.contextmanager
def restored(path: Path) -> Iterator[Path]:
    """Put a file's content back at the end, whatever became of it."""
    content = path.read_bytes()
    try:
        yield path
    finally:
        if path.is_dir():
            path.rmdir()
        path.write_bytes(content)


def newest_receipt(lab: Lab) -> Path:
    return max((lab.root / "out/receipts" / lab.image).glob("*.json"))


def receipt_damaged(where: str, share: int, verb: str) -> None:
    """Enter a damaged receipt: it is named and left out, and everything else goes on."""

    @fault("corrupt receipt", where, share=share, codes={0}, then=("report",))
    def read(lab: Lab, draw: random.Random) -> Ended:
        with restored(newest_receipt(lab)) as path:
            spoil(path, draw)
            ended = lab.run(verb)
            assert "left out" in ended.text, ended.text
            return ended


receipt_damaged("report", 4, "report")
receipt_damaged("build", 1, "build")


@fault("a folder where a file belongs", "report", share=1, codes={3}, then=("report",))
def folder_for_report(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    path = lab.root / "out/report/report.html"
    path.unlink()
    path.mkdir()
    try:
        return lab.run("report")
    finally:
        path.rmdir()


def follow(lab: Lab, ended: Ended, steps: int = 3) -> None:
    """Do what the messages say, one after the other, until the build is right."""
    while ended.code:
        assert steps, f"the messages lead nowhere: {ended.text}"
        verbs = re.findall(r"imagewright (lock|render)", next_step(lab, ended))
        assert verbs, f"the message names no verb to run: {ended.text}"
        for verb in verbs:
            lab.must(verb)
        ended, steps = lab.run("build"), steps - 1


def committed_damaged(name: str, share: int, codes: set[int]) -> None:
    """Enter a damaged committed file; what the messages name makes it whole again."""

    @fault(f"corrupt {name}", "build", share=share, codes=codes)
    def build(lab: Lab, draw: random.Random) -> Ended:
        spoil(lab.root / "images" / lab.image / name, draw)
        ended = lab.run("build")
        follow(lab, ended)
        return ended


committed_damaged("image.json", 3, {1})
committed_damaged("Dockerfile", 2, {1})
# 2 or 1: not readable as text, or readable and not whole.
committed_damaged("requirements.lock", 4, {1, 2})


@fault("corrupt matrix.yaml", "build", share=2, codes={2})
def damaged_matrix(lab: Lab, draw: random.Random) -> Ended:
    with restored(lab.root / "matrix.yaml") as path:
        path.write_bytes(path.read_bytes()[: draw.randrange(1, 40)] + b"\x00: [")
        return lab.run("build")


def cached_damaged(
    name: str, share: int, find: Callable[[Lab], Path], codes: frozenset[int] = frozenset({0})
) -> None:
    """Enter a damaged file of the cache: it is made anew, by this run or (exit 3) by the next."""

    @fault(f"corrupt cache: {name}", "build", share=share, codes={*codes})
    def run(lab: Lab, draw: random.Random) -> Ended:
        path = find(lab)
        lab.forget_standin()
        spoil(path, draw)
        return lab.run("build")


cached_damaged("answer of a registry", 2, lambda lab: next((lab.cache / "bases/answers").iterdir()))
cached_damaged(
    "stand-in's archive", 3, lambda lab: next(lab.cache.glob("bases/*/rootfs.tar")), frozenset({3})
)
cached_damaged("stand-in's manifest", 2, lambda lab: next(lab.cache.glob("bases/*/manifest.json")))
cached_damaged("host-id", 2, lambda lab: lab.cache / "host-id")
cached_damaged("buildx's state", 2, lambda lab: lab.cache / "buildx/current")


@fault("half-written stand-in of a dead run", "build", share=1, codes={0})
def half_written_standin(lab: Lab, draw: random.Random) -> Ended:
    folder = lab.cache / "bases/.part-dead"
    folder.mkdir()
    (folder / "rootfs.tar").write_bytes(draw.randbytes(10_000))
    lab.forget_standin()
    lab.remove(lab.cache / "bases/answers")
    return lab.run("build", "--bases", "bootstrap")


@fault("files of a dead run", "build", share=2, codes={0})
def dead_run(lab: Lab, draw: random.Random) -> Ended:
    name = f"20200101T000000Z-{draw.randrange(16**8):08x}"
    (lab.cache / "runs" / f"{name}.lock").write_bytes(draw.randbytes(draw.randrange(0, 50)))
    (lab.cache / "runs" / name / "image").mkdir(parents=True)
    (lab.cache / "runs" / name / "image/installer").write_text("secret")
    return lab.run("build")


@fault("half-written files of a dead run", "test", share=1, codes={0}, then=("report",))
def dead_parts(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    (lab.root / "out/receipts" / lab.image / ".x.json.abc.part").write_bytes(draw.randbytes(99))
    return lab.run("test")


def kill_engine(lab: Lab) -> None:
    for pid in servers(lab.layout):
        os.kill(pid, 9)
    while daemon_pid(lab.layout) is not None:
        pass


@fault("pid file of a dead process", "engine up", share=1, codes={0})
def dead_pid_file(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    kill_engine(lab)
    dead = subprocess.Popen(["true"])
    dead.wait()
    lab.layout.pid_file.write_text(str(dead.pid))
    return lab.run("engine", "up")


@fault("pid file of somebody else's process", "engine up", share=1, codes={0})
def foreign_pid_file(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    kill_engine(lab)
    other = subprocess.Popen(["sleep", "60"])
    try:
        lab.layout.pid_file.write_text(str(other.pid))
        ended = lab.run("engine", "up")
        assert other.poll() is None, "a process of somebody else was ended"
        return ended
    finally:
        other.kill()
        other.wait()


@fault("stale socket", "build", share=1, codes={3})
def stale_socket_for_build(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    kill_engine(lab)
    return lab.run("build")


@fault("socket of a server that says nothing", "build", share=1, codes={3})
def mute_socket(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
    kill_engine(lab)
    path = lab.layout.socket
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        ended = lab.run("build")
    path.unlink()
    return ended


@fault("corrupt engine.lock and daemon.json", "engine up", share=2, codes={0})
def damaged_engine_files(lab: Lab, draw: random.Random) -> Ended:
    kill_engine(lab)
    (lab.cache / "engine.lock").write_bytes(draw.randbytes(40))
    spoil(lab.layout.config, draw)
    return lab.run("engine", "up")
