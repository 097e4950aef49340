"""What the engine has: the built image of a declared one, and the facts about engine and host.

Imports engine.buildx's labels, prove.receipt, model and errors, and Docker's SDK.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from typing import Any

from docker import DockerClient
from docker.errors import DockerException, ImageNotFound

from validation.engine.buildx import BASE_HOW_LABEL, INPUTS_LABEL
from validation.engine.client import Engine
from validation.errors import WorldFailed
from validation.model import Image, Record
from validation.prove.receipt import BaseFacts, BuiltFacts, EngineFacts, HostFacts

_OCI = "org.opencontainers.image"


def engine_failure(error: Exception) -> WorldFailed:
    """Return what to raise when the engine, not the image, is to blame."""
    return WorldFailed(
        f"the engine stopped answering: {error}",
        hint="imagewright engine status, then run it again",
    )


def engine_info(client: DockerClient) -> dict[str, Any]:
    """Return the engine's `docker info`; raises `WorldFailed` when it does not answer."""
    try:
        return dict(client.info())
    except (DockerException, OSError) as error:
        raise engine_failure(error) from error


class Built(Record, frozen=True, kw_only=True):
    """A declared image that the engine has: what it is, and what it stands on."""

    image: Image
    facts: BuiltFacts
    base: BaseFacts


def describe(image: Image, tag: str, attributes: Mapping[str, Any]) -> Built:
    """Return a built image from the engine's own description of it (`docker image inspect`)."""
    labels = attributes["Config"].get("Labels") or {}
    return Built(
        image=image,
        facts=BuiltFacts(
            image_id=attributes["Id"],
            tag=tag,
            size=attributes["Size"],
            created=attributes.get("Created", ""),
            inputs=labels.get(INPUTS_LABEL, ""),
            revision=labels.get(f"{_OCI}.revision", ""),
        ),
        base=BaseFacts(
            reference=labels.get(f"{_OCI}.base.name", ""),
            digest=labels.get(f"{_OCI}.base.digest", ""),
            how=labels.get(BASE_HOW_LABEL, "unknown"),
        ),
    )


def find_built(client: DockerClient, image: Image, repository: str) -> Built | None:
    """Return the built image that is tagged for `image`, or None when it is not built.

    Raises `WorldFailed` when the engine does not answer.
    """
    tag = f"{repository}:{image.id}"
    try:
        return describe(image, tag, client.images.get(tag).attrs)
    except ImageNotFound:
        return None
    except (DockerException, OSError) as error:
        raise engine_failure(error) from error


def find_all_built(
    client: DockerClient, images: Iterable[Image], repository: str
) -> dict[str, Built]:
    """Return the built ones of `images` by image id; the engine lists its tags once.

    Raises `WorldFailed` when the engine does not answer.
    """
    try:
        listed = client.api.images(name=repository)
    except (DockerException, OSError) as error:
        raise engine_failure(error) from error
    tags = {tag for each in listed for tag in each.get("RepoTags") or ()}
    there = [image for image in images if f"{repository}:{image.id}" in tags]
    found = {image.id: find_built(client, image, repository) for image in there}
    return {name: built for name, built in found.items() if built is not None}


def engine_facts(engine: Engine, info: Mapping[str, Any]) -> EngineFacts:
    """Return what a receipt tells of the engine."""
    return EngineFacts(
        version=engine.version,
        private=engine.private,
        storage=info.get("Driver", ""),
        kernel=info.get("KernelVersion", ""),
        place=engine.place,
    )


def host_facts(info: Mapping[str, Any]) -> HostFacts:
    """Return what a receipt tells of the machine that the engine runs on."""
    return HostFacts(
        machine=info.get("Architecture") or platform.machine(),
        system=info.get("OperatingSystem", ""),
        processors=info.get("NCPU") or os.cpu_count() or 0,
        memory=info.get("MemTotal", 0),
    )
