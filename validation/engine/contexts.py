"""Engines that a person has named: Docker contexts, read by Docker's own client.

Imports client, layout, registry_names, process, model and errors. The client and not the SDK reads
the store: the SDK finds none beside a missing config.json, and `docker context create` writes no
such file.
"""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from validation.engine.client import Answer, Engine, ask, client_of, docker_program
from validation.engine.layout import Layout, layout_of
from validation.engine.registry_names import is_loopback
from validation.errors import BadInput, WorldFailed
from validation.model import Project, Record
from validation.process import Runner
from validation.process import run as run_process

_CA = "ca.pem"


class _Endpoint(Record, frozen=True, kw_only=True, rename="pascal"):
    host: str = ""
    skip_tls_verify: bool = msgspec.field(default=False, name="SkipTLSVerify")


class _Storage(Record, frozen=True, kw_only=True):
    tls: str = msgspec.field(default="", name="TLSPath")


class Context(Record, frozen=True, kw_only=True, rename="pascal"):
    """What `docker context inspect` tells of one context."""

    name: str
    endpoints: dict[str, _Endpoint] = msgspec.field(default_factory=dict)
    tls_material: dict[str, list[str]] = msgspec.field(default_factory=dict, name="TLSMaterial")
    storage: _Storage = _Storage()

    @property
    def host(self) -> str:
        """The engine's address as DOCKER_HOST spells it."""
        return self.endpoints.get("docker", _Endpoint()).host


def read_context(name: str, layout: Layout, run: Runner = run_process) -> Context:
    """Return the person's Docker context `name`; raises `BadInput` where there is none."""
    docker = docker_program(layout, private=False)
    if not docker.exists():
        raise WorldFailed(
            "there is no docker client to read contexts", hint="imagewright engine up"
        )
    done = run([docker, "context", "inspect", name], check=False, timeout=30)
    if not done.ok:
        raise BadInput(
            f"no Docker context {name!r}",
            details=tuple(done.stderr.strip().splitlines()[-2:]),
            hint="docker context ls",
        )
    (context,) = msgspec.json.decode(done.stdout, type=tuple[Context, ...])
    _check_privacy(context)
    return context


def _check_privacy(context: Context) -> None:
    """Raise `BadInput` where others could read along: builds send an index's credentials."""
    if context.endpoints.get("docker", _Endpoint()).skip_tls_verify:
        raise BadInput(
            f"Docker context {context.name!r} does not verify its engine's certificate",
            hint="create it again without skip-tls-verify, with the engine's ca=",
        )
    address = urlsplit(context.host)
    plain = address.scheme in {"tcp", "http"} and not context.tls_material.get("docker")
    if plain and not is_loopback(address.netloc):
        raise BadInput(
            f"Docker context {context.name!r} reaches its engine over the network without TLS",
            hint="create it again with host=ssh://…, or with ca=, cert= and key=",
        )


def context_engine(name: str, project: Project, run: Runner = run_process) -> Engine | Answer:
    """Return the engine of a Docker context, or the answer that says why it is of no use.

    Raises `BadInput` for a context that does not exist: a typing error is no engine that is down.
    """
    layout = layout_of(project)
    context = read_context(name, layout, run)
    folder = f"{context.storage.tls}/docker"
    tls = Path(folder) if _CA in context.tls_material.get("docker", ()) else None
    answer = ask(context.host, f"context {name}", tls)
    if answer.problem:
        return answer
    engine = client_of(answer, layout)
    if engine is None:
        return replace(answer, problem="answers, but there is no buildx here to drive it")
    return replace(engine, context=name, tls=tls, private=False)
