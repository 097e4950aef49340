"""Where images are built: engines, Docker contexts, buildx builders, and what each can do.

Imports client, standins, process, model and errors. A builder keeps no images: what
it builds goes into the engine at home, or to a registry.
"""

import re
from collections.abc import Sequence

from docker.errors import DockerException

from validation.engine.client import (
    Engine,
    ask,
    client_environment,
    connect,
    context_engine,
    find_engine,
    next_step,
)
from validation.engine.standins import ARCHITECTURES
from validation.errors import WorldFailed
from validation.model import Project, Record
from validation.process import Runner
from validation.process import run as run_process

# A Kubernetes builder starts its pods when it is first asked.
_BOOT_SECONDS = 300
_ASK_SECONDS = 30
_STORE = "io.containerd.snapshotter.v1"


class Place(Record, frozen=True, kw_only=True):
    """One place that builds. `engine` holds what is built there.

    `builder` is the buildx builder's name, "" for an engine's own BuildKit. `platforms` are what
    it builds for, the engine's own first. `exports_cache` says whether it can write a cache
    elsewhere than into the image: an engine can with containerd's image store only.
    """

    engine: Engine
    builder: str = ""
    platforms: tuple[str, ...]
    exports_cache: bool

    @property
    def name(self) -> str:
        """What people call it: in progress, records and receipts."""
        return f"builder {self.builder}" if self.builder else self.engine.place

    @property
    def next_step(self) -> str:
        """What to do when it does not answer."""
        if self.builder:
            return f"docker buildx inspect --bootstrap {self.builder}"
        return next_step(self.engine)


class Places(Record, frozen=True, kw_only=True):
    """The places that answer, and {name: why} of those that do not."""

    places: tuple[Place, ...]
    lost: dict[str, str]

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine that holds what is built, each once."""
        return tuple({place.engine.host: place.engine for place in self.places}.values())


class BuilderFacts(Record, frozen=True, kw_only=True):
    """What `buildx inspect` tells: whether a node runs, the platforms of those, or the error."""

    running: bool
    platforms: tuple[str, ...] = ()
    error: str = ""


def read_builder(text: str) -> BuilderFacts:
    """Return what the text of `buildx inspect` tells; nodes that do not run offer nothing."""
    platforms: list[str] = []
    running = False
    for node in re.split(r"^Name:", text, flags=re.MULTILINE)[1:]:
        if not re.search(r"^Status:\s+running", node, re.MULTILINE):
            continue
        running = True
        told = re.search(r"^Platforms:[ \t]*(.*)$", node, re.MULTILINE)
        platforms += [word.strip().rstrip("*") for word in told[1].split(",")] if told else []
    error = re.search(r"^Error:\s+(.*)$", text, re.MULTILINE)
    return BuilderFacts(
        running=running,
        platforms=tuple(dict.fromkeys(filter(None, platforms))),
        error=error[1].strip() if error else "",
    )


def inspect_builder(engine: Engine, name: str, project: Project, run: Runner) -> BuilderFacts:
    """Return what a buildx builder is, starting it if it sleeps; never raises for one that fails.

    `name` "" asks the engine's own.
    """
    boot = ["--bootstrap"] if name else []
    try:
        done = run(
            [engine.buildx, "inspect", *boot, *([name] if name else [])],
            env=client_environment(engine, project, name),
            check=False,
            timeout=_BOOT_SECONDS if name else _ASK_SECONDS,
        )
    except WorldFailed as error:
        return BuilderFacts(running=False, error=error.what)
    found = read_builder(done.stdout)
    last = (done.stderr.strip().splitlines() or [""])[-1]
    if found.running or found.error:
        return found
    return BuilderFacts(running=False, error=last.removeprefix("ERROR: ") or "no node of it runs")


def _place_of(engine: Engine) -> Place:
    """Return an engine as a place; raises `WorldFailed` when it does not answer."""
    client = connect(engine)
    try:
        info = client.info()
    except (DockerException, OSError) as error:
        raise WorldFailed(f"{engine.place} does not answer", hint=next_step(engine)) from error
    finally:
        client.close()
    machine = str(info.get("Architecture", ""))
    status = info.get("DriverStatus") or ()
    return Place(
        engine=engine,
        platforms=(f"linux/{ARCHITECTURES.get(machine, machine)}",),
        exports_cache=any(_STORE in row for row in status),
    )


def open_places(
    project: Project,
    *,
    contexts: Sequence[str] = (),
    builders: Sequence[str] = (),
    run: Runner = run_process,
) -> Places:
    """Return the places that a person has named, or the engine that verbs find by themselves.

    Raises `BadInput` for a context that does not exist, and `WorldFailed` when no place answers,
    with what each said.
    """
    found: list[Place] = []
    lost: dict[str, str] = {}
    for name in contexts:
        answer = context_engine(name, project, run)
        if isinstance(answer, Engine):
            found.append(_place_of(answer))
        else:
            lost[f"context {name}"] = f"{answer.host}: {answer.problem}"
    if builders or not contexts:
        home = find_engine(project)
        for name in builders:
            told = inspect_builder(home, name, project, run)
            if told.running:
                platforms = told.platforms
                found.append(
                    Place(engine=home, builder=name, platforms=platforms, exports_cache=True)
                )
            else:
                lost[f"builder {name}"] = told.error
        if not builders:
            found.append(_place_of(home))
    if not found:
        raise WorldFailed(
            "none of the named places answers",
            details=tuple(f"{name}: {why}" for name, why in lost.items()),
            hint="docker context ls; docker buildx ls",
        )
    return Places(places=tuple(found), lost=lost)


def with_emulated(place: Place, project: Project, run: Runner = run_process) -> Place:
    """Return an engine's place with every platform that its BuildKit offers, emulated ones too."""
    if place.builder:
        return place
    told = inspect_builder(place.engine, place.engine.context, project, run)
    platforms = tuple(dict.fromkeys((*place.platforms, *told.platforms)))
    return Place(engine=place.engine, platforms=platforms, exports_cache=place.exports_cache)


def problem_of_place(place: Place, project: Project, run: Runner = run_process) -> str:
    """Return why a place does not answer now, or "" when it does."""
    if place.builder:
        told = inspect_builder(place.engine, place.builder, project, run)
        return "" if told.running else told.error
    return ask(place.engine.host, place.name, place.engine.tls).problem
