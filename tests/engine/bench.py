"""Broken variants of built images, and the pieces of a proof run against them one by one."""

import contextlib
import io
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from docker.models.containers import Container

from validation.cli.workspace import open_workspace
from validation.engine.client import client_environment, connect, find_engine
from validation.engine.runs import open_run
from validation.model import Image, Project
from validation.prove.built import Built, engine_info, find_built
from validation.prove.case import Case
from validation.prove.checks import run_checks
from validation.prove.container import health_limit, proving, wait_until_settled
from validation.prove.proving import Bench
from validation.prove.receipt import Proof
from validation.render.lockfile import LOCK, pins


class Prover:
    """Builds variants on top of the images of a checkout and proves them."""

    def __init__(self, root: Path) -> None:
        cache = os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright"
        self.project = Project(root=root, cache=Path(cache))
        self.engine = find_engine(self.project)
        self.client = connect(self.engine)
        self._workspace = open_workspace(self.project)
        self._made: list[str] = []

    def close(self) -> None:
        """Remove every variant that was built."""
        for tag in self._made:
            self.client.images.remove(tag, force=True)
        self.client.close()

    def built(self, family: str) -> Built:
        """Return the built image of a family."""
        image = next(each for each in self._workspace.plan.images if each.family == family)
        found = find_built(self.client, image, self._workspace.matrix.repository)
        assert found is not None, f"{image.id} is not built"
        return found

    def variant(self, family: str, lines: str) -> Built:
        """Return a built image with a few Dockerfile lines more."""
        base = self.built(family)
        tag = f"imagewright-variant:{secrets.token_hex(4)}"
        argv = [self.engine.buildx, "build", "--load", "--tag", tag, "--provenance", "false"]
        argv += ["--network", "none", "-"]
        dockerfile = f"FROM {base.facts.tag}\n{lines}\n"
        subprocess.run(
            argv,
            input=dockerfile.encode(),
            env={**os.environ, **client_environment(self.engine, self.project)},
            check=True,
            capture_output=True,
            timeout=120,
        )
        self._made.append(tag)
        image_id = str(self.client.images.get(tag).id)
        return msgspec.structs.replace(
            base, facts=msgspec.structs.replace(base.facts, tag=tag, image_id=image_id)
        )

    @contextlib.contextmanager
    def container(self, built: Built) -> Iterator[tuple[Container, Path]]:
        """Start a container as a proof does; yield it and a scratch folder."""
        with open_run(self.project) as run:
            none = ()
            with proving(self.client, built.image, built.facts.image_id, run, none) as container:
                yield container, run.scratch

    def check(
        self,
        built: Built,
        *,
        topics: Sequence[str] = (),
        gpu: str = "no GPU in this test",
        **declared: object,
    ) -> dict[str, Proof]:
        """Run the suite, or some of its topics, against an image.

        `declared` changes what it was declared to be; `gpu` is why there is none, empty to tell the
        suite that there is one.
        """
        image: Image = msgspec.structs.replace(built.image, **declared)
        with self.container(built) as (container, scratch):
            assert wait_until_settled(container) == ""
            case = Case(
                engine=self.engine,
                image=image,
                image_id=built.facts.image_id,
                container_id=str(container.id),
                pins=dict(pins((self.project.images / built.image.id / LOCK).read_text())),
                unlocked="",
                gpu=gpu,
                health_seconds=health_limit(container),
            )
            log = io.StringIO()
            proofs = run_checks(
                case,
                self.project,
                scratch,
                log,
                timeout=300,
                report=lambda _: None,
                topics=topics,
            )
        return {proof.name: proof for proof in proofs}

    @contextlib.contextmanager
    def bench(self, *, timeout: float = 300) -> Iterator[Bench]:
        """Open what a whole proof needs."""
        with open_run(self.project) as run:
            yield Bench(
                engine=self.engine,
                client=self.client,
                info=engine_info(self.client),
                project=self.project,
                run=run,
                inference=self.built("inference"),
                gpu="auto",
                timeout=timeout,
            )


def failed(proofs: dict[str, Proof]) -> dict[str, str]:
    """Return {name: reason} of what failed."""
    return {name: proof.reason for name, proof in proofs.items() if proof.outcome == "failed"}
