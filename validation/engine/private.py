"""A container engine of our own, where none answers: `up`, `down`, `status`.

Imports bundle, client, contexts, daemon, disk, layout, leftovers, locks, programs, process and
errors. Nothing system-wide is installed or replaced, and ~/.docker is not written.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from docker.errors import DockerException

from validation.engine.bundle import install_bundle, write_bundle
from validation.engine.client import (
    Answer,
    Engine,
    ask_address,
    client_environment,
    client_of,
    connect,
    find_engine,
    next_step,
)
from validation.engine.contexts import addresses
from validation.engine.daemon import start, stop
from validation.engine.disk import free_bytes, require_space
from validation.engine.layout import Layout, layout_of
from validation.engine.leftovers import daemon_pid
from validation.engine.locks import locked
from validation.engine.programs import fetch_programs, installed_programs
from validation.errors import WorldFailed
from validation.model import Project, Record
from validation.process import Runner
from validation.process import run as run_process

Report = Callable[[str], None]

# Packages 92 MB, programs 375 MB, and room for a first base image.
_UP_BYTES = 1_500_000_000
_CLIENT_BYTES = 400_000_000


class EngineStatus(Record, frozen=True, kw_only=True):
    """The engine that verbs use, and what it can do. Sizes in bytes.

    `disk_free` is None when the data root is on another machine; `storage` is the storage driver.
    """

    engine: Engine
    buildkit: str
    buildx: str
    compose: str
    cgroup: str
    storage: str
    disk_free: int | None
    disk_used: int


def _silent(_: str) -> None:
    """Report to nobody."""


def _answers(layout: Layout) -> tuple[Answer, ...]:
    """Return what each place said, up to the first that is good enough."""
    answers = []
    for address in addresses(layout):
        answers.append(ask_address(address))
        if not answers[-1].problem:
            break
    return tuple(answers)


def _require_root(answers: tuple[Answer, ...]) -> None:
    if os.geteuid() == 0:
        return
    denied = next((one for one in answers if one.problem == "permission denied"), None)
    if denied is not None:
        raise WorldFailed(
            f"an engine listens at {denied.host}, but this user may not use it",
            hint="join its group (usermod -aG docker $USER) and log in again",
        )
    raise WorldFailed(
        "no container engine answers, and starting one needs root",
        details=tuple(f"{one.origin} ({one.host}): {one.problem}" for one in answers),
        hint="run `imagewright engine up` as root, or install Docker Engine 23 or later",
    )


def plan_up(project: Project) -> tuple[str, ...]:
    """Return what `up` would do, one sentence a line; changes nothing."""
    layout = layout_of(project)
    answers = _answers(layout)
    usable = next((answer for answer in answers if not answer.problem), None)
    found = tuple(
        f"{one.origin} ({one.host}): {one.problem or 'Docker ' + one.version}" for one in answers
    )
    if usable is not None and client_of(usable, layout) is not None:
        return (*found, "nothing to do: verbs use the engine that answers")
    if usable is not None:
        return (*found, f"fetch docker, buildx and compose into {layout.programs}")
    have = installed_programs(layout)
    fetching = (
        ()
        if have and have.engine
        else (f"fetch an engine from the distribution's archive into {layout.programs}",)
    )
    return (*found, *fetching, f"start it: data in {layout.data}, socket {layout.socket}")


def up(
    project: Project,
    *,
    bundle: Path | None = None,
    run: Runner = run_process,
    report: Report = _silent,
) -> Engine:
    """Return an engine that is good enough, starting a private one if none answers.

    Needs root for that, and Debian or Ubuntu, or a `bundle` (see `bundle.write_bundle`). Raises
    `WorldFailed` with the next step otherwise. Two at once: the second waits, and finds it up.
    """
    layout = layout_of(project)
    with locked(layout.lock, waiting=lambda: report("waiting for another `engine up` or `down`")):
        answers = _answers(layout)
        usable = next((answer for answer in answers if not answer.problem), None)
        if usable is not None:
            return _with_client(usable, layout, run, report)
        for answer in answers:
            report(f"{answer.origin} ({answer.host}): {answer.problem}")
        _require_root(answers)
        if daemon_pid(layout) is not None:
            report("the private engine runs but does not answer: starting it again")
        require_space(project.cache, _UP_BYTES, "a private engine")
        if bundle is None:
            fetch_programs(layout, engine=True, run=run, report=report)
        else:
            install_bundle(layout, bundle, run=run, report=report)
        version = start(layout, run)
        report(f"private engine started: Docker {version}, host networking only")
    return find_engine(project)


def _with_client(answer: Answer, layout: Layout, run: Runner, report: Report) -> Engine:
    engine = client_of(answer, layout)
    if engine is None:
        require_space(layout.cache, _CLIENT_BYTES, "Docker's client")
        fetch_programs(layout, engine=False, run=run, report=report)
        engine = client_of(answer, layout)
    if engine is None:
        raise WorldFailed(
            f"the engine at {answer.host} answers, but there is no buildx to drive it",
            hint="install docker-buildx-plugin",
        )
    report(f"{answer.origin}: Docker {answer.version} answers at {answer.host}")
    return engine


def bundle(
    project: Project,
    out: Path,
    *,
    level: int = 9,
    run: Runner = run_process,
    report: Report = _silent,
) -> tuple[int, int]:
    """Write an engine for hosts without a package archive to `out`; nothing is started.

    Returns (bytes written, bytes packed). Raises `WorldFailed` where the programs cannot be had.
    """
    layout = layout_of(project)
    with locked(layout.lock, waiting=lambda: report("waiting for another `engine up` or `down`")):
        programs = fetch_programs(layout, engine=True, run=run, report=report)
        return write_bundle(layout, programs, out, level=level, run=run)


def down(project: Project, *, run: Runner = run_process, report: Report = _silent) -> bool:
    """Stop and remove the private engine with its images; return whether there was one.

    Downloaded packages and bootstrapped bases stay in the cache. Raises `WorldFailed` when a part
    cannot be removed; nothing outside the engine's own folders is followed or touched.
    """
    layout = layout_of(project)
    if not layout.home.exists() and not layout.runtime.exists():
        return False
    with locked(layout.lock, waiting=lambda: report("waiting for another `engine up` or `down`")):
        if os.geteuid() != 0 and daemon_pid(layout) is not None:
            raise WorldFailed("stopping the private engine needs root", hint="run it as root")
        stop(layout, run)
        try:
            shutil.rmtree(layout.home)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise WorldFailed(
                f"cannot remove {error.filename}: {error.strerror}",
                hint="see what uses it (fuser -vm), then run `imagewright engine down` again",
            ) from error
        shutil.rmtree(project.cache / "buildx", ignore_errors=True)
    return True


def _buildkit(told: str) -> str:
    """Return BuildKit's version; distributions build engines that do not know theirs (0.0.0)."""
    version = told.removeprefix("v")
    return version if version and not version.startswith("0.0.0") else "not stated by this engine"


def _first_version(text: str) -> str:
    found = re.search(r"\bv?(\d+\.\d+[^\s]*)", text)
    return found[1] if found else "unknown"


def status(project: Project, *, run: Runner = run_process) -> EngineStatus:
    """Return the engine that verbs would use and what it can do.

    Raises `WorldFailed`, as every verb would, when there is none.
    """
    engine = find_engine(project)
    environment = client_environment(engine, project)
    client = connect(engine)
    try:
        info = client.info()
        used = client.df()
    except (DockerException, OSError) as error:
        raise WorldFailed(
            f"{engine.place} answers, but does not tell what it holds: {error}",
            hint=f"{next_step(engine)}, or wait until its disk has less to do, then run it again",
        ) from error
    finally:
        client.close()
    builder = run([engine.buildx, "inspect"], env=environment, check=False, timeout=60).stdout
    told = re.search(r"^\s*build ?kit(?: version)?:\s*(\S+)", builder, re.IGNORECASE | re.MULTILINE)
    compose = ""
    if engine.compose is not None:
        compose = _first_version(
            run([engine.compose, "version"], env=environment, check=False).stdout
        )
    root = Path(engine.data_root)
    local = engine.host.startswith("unix://") and root.is_dir()
    return EngineStatus(
        engine=engine,
        buildkit=_buildkit(told[1] if told else ""),
        buildx=_first_version(run([engine.buildx, "version"], env=environment, check=False).stdout),
        compose=compose,
        cgroup=f"v{info.get('CgroupVersion', '?')} ({info.get('CgroupDriver', '?')})",
        storage=str(info.get("Driver", "unknown")),
        disk_free=free_bytes(root) if local else None,
        disk_used=int(used.get("LayersSize") or 0)
        + sum(int(entry.get("Size") or 0) for entry in used.get("BuildCache") or ()),
    )
