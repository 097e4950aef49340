"""Which engine to use, and how to reach it. The one place where Docker's SDK is opened.

Imports buildx_state, contexts, layout, programs, ssh, process, model and errors. Verbs that need no
engine do not import this room, so that they do not pay for the SDK.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import docker
from docker.errors import DockerException
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env
from msgspec.structs import replace

from validation.engine.buildx_state import buildx_folder, mend_buildx_state
from validation.engine.contexts import Address, addresses, context_address, docker_program
from validation.engine.layout import Layout, layout_of
from validation.engine.programs import MINIMUM_MAJOR, plugin
from validation.engine.ssh import SCHEME, said_of, tunnel_to
from validation.errors import ImagewrightError, WorldFailed
from validation.model import Project, Record
from validation.process import Runner
from validation.process import run as run_process

Networking = Literal["bridge", "host-only"]

HOST_ONLY_LABEL = "imagewright.networking=host-only"
"""Label of an engine whose containers and builds have the host's network or none."""

UP_HINT = "imagewright engine up"
_PROBE_SECONDS = 10
_SSH_PROBE_SECONDS = 30  # a login and a start of Docker's client come first
# An exec or a build step may say nothing for minutes; each call that can hang has its own limit.
_CALL_SECONDS = 120
# Where Docker's client looks for plugins: docker/cli, cli-plugins/manager/manager_unix.go
_PLUGIN_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


class Engine(Record, frozen=True, kw_only=True):
    """An engine that answers and is good enough, and the client programs to drive it.

    `host` is spelled as DOCKER_HOST spells it; `docker` is the command-line client, `buildx` and
    `compose` are its plugins, run by path. `networking` is what containers and builds can use:
    "host-only" means `--network host` or none. `context` is the Docker context that it was named
    by, with --context or as the current one, "" for none; `tls` is the folder of that context's
    ca.pem, cert.pem and key.pem, where it has them.
    """

    host: str
    docker: Path
    buildx: Path
    compose: Path | None = None
    version: str
    private: bool
    networking: Networking
    data_root: str
    context: str = ""
    tls: Path | None = None

    @property
    def place(self) -> str:
        """What people call it: in progress, receipts and records."""
        if self.context:
            return f"context {self.context}"
        return "private engine" if self.private else "engine"


class Answer(Record, frozen=True, kw_only=True):
    """What came back from one address: an engine's version and data root, or why it is no use.

    `host_only` says that the engine itself states so, by a label of its configuration. `context`
    and `tls` are the address's.
    """

    host: str
    origin: str
    context: str = ""
    tls: Path | None = None
    version: str = ""
    data_root: str = ""
    host_only: bool = False
    problem: str = ""


def problem_of(version: Mapping[str, Any]) -> str:
    """Return why an engine that answered is not good enough, or an empty string."""
    names = {part.get("Name", "") for part in version.get("Components", [])}
    told = str(version.get("Version", ""))
    if any("podman" in name.lower() for name in names):
        return f"is Podman {told}, which has no BuildKit"
    if version.get("Os") != "linux":
        return f"runs {version.get('Os')} containers"
    number = told.partition(".")[0]
    if number.isdigit() and int(number) < MINIMUM_MAJOR:
        return f"is Docker {told}; builds need BuildKit of {MINIMUM_MAJOR}.0 or later"
    return ""


def _open(host: str, timeout: float, tls_files: Path | None = None) -> docker.DockerClient:
    tls = kwargs_from_env().get("tls") if host == os.environ.get("DOCKER_HOST") else None
    if tls_files is not None:
        pair = (str(tls_files / "cert.pem"), str(tls_files / "key.pem"))
        tls = TLSConfig(
            client_cert=pair if Path(pair[0]).is_file() else None,
            ca_cert=str(tls_files / "ca.pem"),
            verify=True,
        )
    address = f"unix://{tunnel_to(host).path}" if host.startswith(SCHEME) else host
    return docker.DockerClient(
        base_url=address, version="auto", timeout=int(timeout), tls=tls or False
    )


def _why_silent(host: str, error: Exception) -> str:
    """Return why nothing answers at `host`: in ssh's own words where it is behind one."""
    said = said_of(host)
    if said:
        return said if said.startswith("ssh: ") else f"ssh: {said}"
    return "permission denied" if "ermission denied" in str(error) else "does not answer"


def ask(host: str, origin: str, tls_files: Path | None = None) -> Answer:
    """Return what answers at `host`; never raises for an engine that does not."""
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return Answer(host=host, origin=origin, problem="no engine listens there")
    if not host:
        return Answer(host=host, origin=origin, problem="names no engine")
    seconds = _SSH_PROBE_SECONDS if host.startswith(SCHEME) else _PROBE_SECONDS
    try:
        client = _open(host, seconds, tls_files)
        try:
            version = client.version()
            info = client.info()
        finally:
            client.close()
    except ImagewrightError as error:
        return Answer(host=host, origin=origin, problem=error.what)
    except (DockerException, OSError, ValueError) as error:
        return Answer(host=host, origin=origin, problem=_why_silent(host, error))
    return Answer(
        host=host,
        origin=origin,
        version=str(version.get("Version", "")),
        data_root=info.get("DockerRootDir", ""),
        host_only=HOST_ONLY_LABEL in (info.get("Labels") or ()),
        problem=problem_of(version),
    )


def ask_address(address: Address) -> Answer:
    """Return what answers at one of the `addresses`; never raises, as `ask` does not."""
    if address.problem:
        answer = Answer(host=address.host, origin=address.origin, problem=address.problem)
    else:
        answer = ask(address.host, address.origin, address.tls)
    return replace(answer, context=address.context, tls=address.tls)


def _system_plugin(name: str) -> Path | None:
    config = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    paths = (Path(folder, name) for folder in (f"{config}/cli-plugins", *_PLUGIN_FOLDERS))
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def client_of(answer: Answer, layout: Layout) -> Engine | None:
    """Return the engine with its client programs, or None when there is no client or buildx."""
    private = answer.host == layout.host and not answer.context
    docker = docker_program(layout, private=private)
    buildx = plugin(layout, "docker-buildx")
    compose = plugin(layout, "docker-compose")
    if not private:
        buildx = _system_plugin("docker-buildx") or buildx
        compose = _system_plugin("docker-compose") or compose
    if buildx is None or not docker.exists():
        return None
    return Engine(
        host=answer.host,
        docker=docker,
        buildx=buildx,
        compose=compose,
        version=answer.version,
        private=private,
        networking="host-only" if private or answer.host_only else "bridge",
        data_root=answer.data_root,
        context=answer.context,
        tls=answer.tls,
    )


def find_engine(project: Project) -> Engine:
    """Return the engine that verbs use: DOCKER_HOST, the private one, or Docker's own context.

    Raises `WorldFailed` when none answers that is good enough, with what each place said, and
    `BadInput` where a person has named one that others could listen in on.
    """
    layout = layout_of(project)
    problems = []
    for address in addresses(layout):
        answer = ask_address(address)
        engine = None if answer.problem else client_of(answer, layout)
        if engine is not None:
            return engine
        problem = answer.problem or "no docker client with buildx"
        problems.append(f"{address.origin} ({address.host}): {problem}")
    raise WorldFailed("no container engine to work with", details=tuple(problems), hint=UP_HINT)


def context_engine(name: str, project: Project, run: Runner = run_process) -> Engine | Answer:
    """Return the engine of a Docker context, or the answer that says why it is of no use.

    Raises `BadInput` for a context that does not exist: a typing error is no engine that is down.
    """
    layout = layout_of(project)
    answer = ask_address(context_address(name, layout, run))
    if answer.problem:
        return answer
    engine = client_of(answer, layout)
    return engine or replace(answer, problem="answers, but there is no buildx here to drive it")


def next_step(engine: Engine) -> str:
    """Return what to do when an engine does not answer."""
    return f"docker --context {engine.context} info" if engine.context else UP_HINT


def connect(engine: Engine, *, timeout: float = _CALL_SECONDS) -> docker.DockerClient:
    """Return a client of Docker's SDK for `engine`; raises `WorldFailed` if it is gone.

    `timeout` in seconds is for each answer of the engine, not for a whole stream.
    """
    try:
        return _open(engine.host, timeout, engine.tls)
    except (DockerException, OSError) as error:
        where = f"context {engine.context}" if engine.context else f"the engine at {engine.host}"
        raise WorldFailed(f"{where} does not answer", hint=next_step(engine)) from error


def image_sizes(engine: Engine) -> dict[str, int]:
    """Return {reference: bytes unpacked} of the images that an engine has."""
    client = connect(engine)
    try:
        told = client.api.images()
    except (DockerException, OSError) as error:
        raise WorldFailed(f"the engine at {engine.host} does not answer", hint=UP_HINT) from error
    finally:
        client.close()
    return {name: int(image["Size"]) for image in told for name in image.get("RepoTags") or ()}


def client_environment(engine: Engine, project: Project, builder: str = "") -> dict[str, str]:
    """Return what docker, buildx and compose need in their environment to reach `engine`.

    `builder` is a buildx builder by name, which is looked for where the person made it; one that
    BUILDX_BUILDER names would be looked for in our cache, and is not taken. A damaged state of
    buildx in our cache is mended.
    """
    mend_buildx_state(project.cache / "buildx")
    path = os.environ.get("PATH", os.defpath)
    # Docker's client takes an empty DOCKER_HOST for none; a context brings its own TLS and SSH.
    address = (
        {"DOCKER_HOST": "", "DOCKER_CONTEXT": engine.context}
        if engine.context
        else {"DOCKER_HOST": engine.host}
    )
    return {
        **address,
        "BUILDX_BUILDER": "",
        "BUILDX_CONFIG": buildx_folder(project.cache, builder),
        "PATH": f"{engine.docker.parent}{os.pathsep}{path}",
    }
