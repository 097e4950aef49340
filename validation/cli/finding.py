"""Where built images are: every engine that may hold them is asked, each image is found in one.

Imports workspace, engine, prove.built, model and errors. Build records say where to look; whether
an image is there the engine itself says.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from docker import DockerClient
from docker.errors import DockerException
from requests.exceptions import RequestException

from validation.cli import output
from validation.cli.workspace import Workspace
from validation.engine.client import Engine, connect, find_engine
from validation.engine.places import open_places
from validation.engine.records import BuildRecord, newest, read_records
from validation.errors import ImagewrightError, WorldFailed
from validation.model import Image
from validation.prove.built import Built, engine_info, find_built


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that is asked: its client, and what its `docker info` said."""

    engine: Engine
    client: DockerClient
    info: dict[str, Any]


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A built image and the engine that has it."""

    built: Built
    opened: Opened


def engines_to_ask(
    workspace: Workspace, images: Sequence[Image], contexts: Sequence[str]
) -> tuple[Engine, ...]:
    """Return the engines that may hold images.

    They are the contexts given, or else the engine at hand and the contexts where the newest
    builds of these images were made.

    Raises `WorldFailed` when none of them answers; one that does not is said by name. So it raises
    `BadInput` for a context given that does not exist; one of a record is said by name too.
    """
    if contexts:
        places = open_places(workspace.project, contexts=contexts)
        for name, why in places.lost.items():
            output.note(f"{name} does not answer ({why}): its images are not looked for")
        return places.engines
    records = newest(read_records(workspace.project))
    built_in = [records[image.id].context for image in images if image.id in records]
    named = tuple(dict.fromkeys(filter(None, built_in)))
    engines: list[Engine] = []
    missing: WorldFailed | None = None
    try:
        engines.append(find_engine(workspace.project))
    except WorldFailed as error:
        missing = error
    for name in named:
        engines += _recorded(workspace, name)
    if missing is not None and not engines:
        raise missing
    return tuple({engine.host: engine for engine in engines}.values())


def _recorded(workspace: Workspace, context: str) -> tuple[Engine, ...]:
    """Return the engine of a context that a build's record names, none where it is lost.

    Nobody has typed that name now: a context that was removed since is no bad input.
    """
    try:
        return open_places(workspace.project, contexts=(context,)).engines
    except ImagewrightError as error:
        why = "; ".join((error.what, *error.details))
        output.note(f"context {context} is not asked ({why}): its images are not looked for")
        return ()


@contextlib.contextmanager
def opened_engines(engines: Sequence[Engine]) -> Iterator[tuple[Opened, ...]]:
    """Open a client to each engine for the block."""
    with contextlib.ExitStack() as stack:
        found = []
        for engine in engines:
            client = connect(engine)
            stack.callback(client.close)
            found.append(Opened(engine=engine, client=client, info=engine_info(client)))
        yield tuple(found)


def locate(
    workspace: Workspace, opened: Sequence[Opened], images: Sequence[Image]
) -> dict[str, Located]:
    """Return each image where it is: in the engine of its newest build, or the first that has it.

    What only a registry has is pulled into the first engine. Raises `WorldFailed` that names all
    that are nowhere.
    """
    records = newest(read_records(workspace.project))
    found: dict[str, Located] = {}
    for image in images:
        record = records.get(image.id)
        located = _in_engines(workspace, opened, image, record) or _pulled(
            workspace, opened[0], image, record
        )
        if located is not None:
            found[image.id] = located
    missing = [image.id for image in images if image.id not in found]
    if missing:
        asked = ", ".join(each.engine.place for each in opened)
        raise WorldFailed(
            f"not built: {', '.join(missing)} (asked: {asked})",
            hint=f"imagewright build {' '.join(missing)}",
        )
    return found


def _in_engines(
    workspace: Workspace, opened: Sequence[Opened], image: Image, record: BuildRecord | None
) -> Located | None:
    context = record.context if record else ""
    for each in sorted(opened, key=lambda one: one.engine.context != context):
        built = find_built(each.client, image, workspace.matrix.repository)
        if built is not None:
            return Located(built=_with_place(built, record), opened=each)
    return None


def _with_place(built: Built, record: BuildRecord | None) -> Built:
    """Return a built image that says where it was built, as far as a record of it is here."""
    if record is None or record.inputs != built.facts.inputs:
        return built
    facts = msgspec.structs.replace(built.facts, built_in=record.place)
    return msgspec.structs.replace(built, facts=facts)


def _pulled(
    workspace: Workspace, into: Opened, image: Image, record: BuildRecord | None
) -> Located | None:
    """Return an image that a builder pushed and no engine has, pulled by the digest it got."""
    if record is None or record.held or not record.pushed:
        return None
    output.note(f"{image.id}: pulling {record.pushed} into {into.engine.place}")
    try:
        into.client.images.pull(record.pushed).tag(record.tag)
    except (DockerException, RequestException) as error:
        raise WorldFailed(
            f"{record.pushed} cannot be pulled into {into.engine.place}: {error}",
            hint="docker login, or look for the registry; then run the same command again",
        ) from error
    built = find_built(into.client, image, workspace.matrix.repository)
    return None if built is None else Located(built=_with_place(built, record), opened=into)
