"""kill -9 and politer signals, at moments drawn over the measured length of each phase."""

import contextlib
import os
import random
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.catalogue import fault
from tests.faults.lab import Ended, Lab, Phase, Running
from validation.engine.leftovers import daemon_pid, servers

Target = Callable[[Lab, Running], list[int]]
_MISSES = 6
BUILD, TEST = ("build",), ("test",)


def the_tool(lab: Lab, run: Running) -> list[int]:  # noqa: ARG001  (every target's signature)
    return [run.process.pid]


def the_listening_tool(lab: Lab, run: Running) -> list[int]:
    """Return the tool once its own first line has run: before that a signal meets bare Python."""
    try:
        status = Path(f"/proc/{run.process.pid}/status").read_text()
    except OSError:
        return []
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    heard = caught is not None and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1
    return the_tool(lab, run) if heard else []


def buildx(lab: Lab, run: Running) -> list[int]:  # noqa: ARG001
    return [pid for pid in children(run.process.pid) if name_of(pid) == "docker-buildx"]


def the_engine(lab: Lab, run: Running) -> list[int]:  # noqa: ARG001
    pid = daemon_pid(lab.layout)
    return [pid] if pid is not None else []


def all_servers(lab: Lab, run: Running) -> list[int]:  # noqa: ARG001
    return list(servers(lab.layout))


def the_container(lab: Lab, run: Running) -> list[int]:  # noqa: ARG001
    """Return the processes of the containers, and of the build steps, that run now."""
    top, name = Path("/sys/fs/cgroup"), lab.layout.cgroup
    found = set()
    for group in (top / name, *top.glob(f"*/{name}")):  # one hierarchy, or one per controller
        for members in group.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(pid) for pid in members.read_text().split())
    return sorted(found)


def children(pid: int) -> list[int]:
    """Return the children of a process, of all its threads."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in thread.read_text().split()]
        except OSError:
            continue
    return found


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return ""


PHASES: dict[str, tuple[tuple[str, ...], Target]] = {
    "build": (BUILD, the_tool),
    "deep build": (BUILD, the_tool),
    "test": (TEST, the_tool),
    "render": (("render",), the_tool),
    "lock": (("lock",), the_tool),
    "buildx": (BUILD, buildx),
    "deep buildx": (BUILD, buildx),
    "deep step": (BUILD, the_container),
    "container": (TEST, the_container),
}
"""What is measured once in a plain run: a verb, and whose presence in it."""


def measure(lab: Lab, words: tuple[str, ...], target: Target) -> Phase:
    """Return when `target` is there while a plain run does its work, by looking all the time."""
    run = lab.start(*words)
    first = last = 0.0
    while not run.ended:
        if target(lab, run):
            last = time.monotonic() - run.began
            first = first or last
        time.sleep(0.02)
    ended = run.wait()
    assert ended.code == 0, ended.text
    assert last > first, f"{target.__name__} was never there"
    return Phase(first, last - first)


def strike(
    lab: Lab,
    phase: str,
    target: Target,
    draw: random.Random,
    *,
    number: int = signal.SIGKILL,
    late: int | None = 0,
) -> Ended:
    """Run a verb and signal the target at a random moment of its phase; once more after a miss.

    A moment counts from when the target is first there, so a slower machine shifts it along.
    `late` is the exit code by which a verb tells that it was over before the signal came.
    """
    words, share = PHASES[phase][0], draw.uniform(0.0, 0.98)
    for _ in range(_MISSES):
        run = lab.start(*words)
        while not run.ended and not target(lab, run):
            time.sleep(0.01)
        seen = time.monotonic() - run.began
        run.until(seen + share * lab.phases[phase].length)
        while not run.ended and not target(lab, run):  # between two steps there is no container
            time.sleep(0.01)
        pids = [] if run.ended else target(lab, run)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        ended = run.wait()
        if pids and ended.code != late:
            return ended
        share *= 0.6
        lab.change(f"{lab.stamp()}-again", deep=phase.startswith("deep"))
    raise AssertionError(f"{target.__name__} was never there to be hurt")


def measure_phase(lab: Lab, name: str) -> None:
    """Measure a phase unless it was measured before."""
    if name and name not in lab.phases:
        lab.change(f"measure-{name.replace(' ', '-')}", deep=name.startswith("deep"))
        lab.phases[name] = measure(lab, *PHASES[name])


def tool_killed(where: str, share: int, words: tuple[str, ...], phase: str = "") -> None:
    """Enter the kill of the tool itself in one verb."""
    phase = phase or words[0]
    then = TEST if words == TEST else BUILD

    @fault(
        "kill -9 of the tool", where, share=share, codes={-signal.SIGKILL}, abrupt=True,
        speaks=False, then=then, deep=phase.startswith("deep"), phase=phase,
    )  # fmt: skip
    def kill(lab: Lab, draw: random.Random) -> Ended:
        if words == TEST:
            lab.must("build")
        return strike(lab, phase, the_tool, draw)


tool_killed("build", 42, BUILD)
tool_killed("build of all wheels", 4, BUILD, "deep build")
tool_killed("test", 4, TEST)
tool_killed("render", 6, ("render",))
tool_killed("lock", 4, ("lock",))


@fault(
    "kill -9 of the tool", "engine up",
    share=4, codes={-signal.SIGKILL}, abrupt=True, speaks=False,
)  # fmt: skip
def kill_tool_in_engine_up(lab: Lab, draw: random.Random) -> Ended:
    moment = draw.uniform(0.1, 3.0)  # seconds; a start takes about three
    for _ in range(_MISSES):
        lab.stop_engine()
        run = lab.start("engine", "up")
        if run.until(moment):
            run.process.kill()
            return run.wait()
        run.wait()
        moment *= 0.6
    raise AssertionError("engine up was always faster")


@fault("kill -9 of buildx", "build", share=22, codes={3}, phase="buildx")
def kill_buildx(lab: Lab, draw: random.Random) -> Ended:
    return strike(lab, "buildx", buildx, draw)


@fault(
    "kill -9 of buildx", "build of all wheels", share=3, codes={3}, deep=True, phase="deep buildx"
)
def kill_buildx_deep(lab: Lab, draw: random.Random) -> Ended:
    return strike(lab, "deep buildx", buildx, draw)


def engine_killed(where: str, share: int, words: tuple[str, ...], phase: str) -> None:
    """Enter the kill of the daemon alone, or (one time in three) of every server of the engine.

    0 is right after the last answer that the verb needed: it says that no engine answers.
    """

    @fault(
        "kill -9 of the engine", where, share=share, codes={0, 3}, abrupt=words == TEST,
        then=words, deep=phase.startswith("deep"), phase=phase,
    )  # fmt: skip
    def kill(lab: Lab, draw: random.Random) -> Ended:
        if words == TEST:
            lab.must("build")
        target = all_servers if draw.random() < 1 / 3 else the_engine
        return strike(lab, phase, target, draw, late=None)


engine_killed("build", 14, BUILD, "build")
engine_killed("build of all wheels", 3, BUILD, "deep build")
engine_killed("test", 3, TEST, "test")


# A killed step is the world's failure: nothing says that its Dockerfile is wrong.
@fault("kill -9 of the container", "build step", share=5, codes={3}, deep=True, phase="deep step")
def kill_build_step(lab: Lab, draw: random.Random) -> Ended:
    return strike(lab, "deep step", the_container, draw)


# 0: after the last check, which is that the container still runs.
@fault("kill -9 of the container", "test", share=5, codes={0, 1}, then=TEST, phase="container")
def kill_container_in_test(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    return strike(lab, "container", the_container, draw, late=None)


def interrupted(name: str, number: int, words: tuple[str, ...], share: int) -> None:
    """Enter a signal that asks the tool to end: what it started is gone at once."""

    @fault(name, words[0], share=share, codes={128 + number}, then=words, phase=words[0])
    def interrupt(lab: Lab, draw: random.Random) -> Ended:
        if words == TEST:
            lab.must("build")
        return strike(lab, words[0], the_listening_tool, draw, number=number)


interrupted("SIGTERM", signal.SIGTERM, BUILD, 5)
interrupted("SIGTERM", signal.SIGTERM, TEST, 1)
interrupted("SIGINT (Ctrl-C)", signal.SIGINT, BUILD, 5)
interrupted("SIGINT (Ctrl-C)", signal.SIGINT, TEST, 1)
