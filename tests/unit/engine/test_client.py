"""Which engine is used, decided from what each place answers."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.test_places import inspected, runner
from validation.engine import client as room
from validation.engine import contexts
from validation.engine.client import (
    Answer,
    Engine,
    client_environment,
    find_engine,
    problem_of,
)
from validation.engine.contexts import addresses
from validation.engine.layout import Layout, layout_of
from validation.errors import BadInput, WorldFailed
from validation.model import Project

GOOD: dict[str, Any] = {"Version": "26.1.5+dfsg1", "Os": "linux", "Components": []}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"Version": "23.0.0"}, ""),
        ({"Version": "20.10.24+dfsg1"}, "is Docker 20.10.24"),
        ({"Os": "windows"}, "runs windows containers"),
        ({"Components": [{"Name": "Podman Engine"}], "Version": "5.4.0"}, "is Podman 5.4.0"),
        ({"Version": "dev"}, ""),
    ],
)
def test_what_is_wrong_with_an_engine_that_answers(change: dict[str, Any], problem: str) -> None:
    told = problem_of({**GOOD, **change})
    assert told.startswith(problem)
    assert bool(told) == bool(problem)


def test_what_a_person_names_comes_first_then_the_private_engine(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = layout_of(project)
    monkeypatch.setenv("DOCKER_HOST", "ssh://far.example")
    assert [one.host for one in addresses(layout)] == ["ssh://far.example", layout.host]
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert [one.host for one in addresses(layout)] == [layout.host, "unix:///var/run/docker.sock"]


@pytest.mark.parametrize(
    "host", ["tcp://far.example:2375", "http://10.0.0.1:2375", "TCP://far:1", "10.0.0.1:2375"]
)
def test_a_named_engine_without_verified_tls_is_refused_unless_on_loopback(
    project: Project, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    monkeypatch.delenv("DOCKER_TLS_VERIFY", raising=False)
    with pytest.raises(BadInput, match="without verified TLS") as caught:
        find_engine(project)
    assert "DOCKER_TLS_VERIFY=1" in caught.value.hint
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    assert next(addresses(layout_of(project))).host == host
    monkeypatch.delenv("DOCKER_TLS_VERIFY")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    assert next(addresses(layout_of(project))).origin == "DOCKER_HOST"


@pytest.fixture
def current(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A person whose current Docker context is `far`, and no private engine."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    monkeypatch.setattr(contexts, "docker_program", lambda *_, **__: project.root)
    return project


def test_the_current_context_is_held_to_what_named_ones_are(
    current: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, why in (
        (inspected("tcp://far:2375"), "without TLS"),
        (inspected("tcp://far:2376", SkipTLSVerify=True), "does not verify"),
    ):
        run = runner(text)
        monkeypatch.setattr(room, "addresses", lambda layout, run=run: addresses(layout, run))
        with pytest.raises(BadInput, match=why):
            find_engine(current)
    gone = runner(stderr="context not found", code=1)
    monkeypatch.setattr(room, "addresses", lambda layout: addresses(layout, gone))
    with pytest.raises(BadInput, match="no Docker context 'far'"):
        find_engine(current)


def test_the_current_context_is_asked_with_its_keys_and_driven_by_its_name(
    current: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def answer(host: str, origin: str, tls: Path | None) -> Answer:
        asked.append((host, tls))
        problem = "" if host.startswith("tcp") else "no engine listens there"
        return Answer(host=host, origin=origin, problem=problem, version="27.0.0")

    run = runner(inspected("tcp://far:2376", SkipTLSVerify=False))
    monkeypatch.setattr(room, "addresses", lambda layout: addresses(layout, run))
    monkeypatch.setattr(room, "ask", answer)
    monkeypatch.setattr(room, "docker_program", lambda *_, **__: current.root)
    monkeypatch.setattr(room, "_system_plugin", lambda _: Path("/buildx"))
    engine = find_engine(current)
    assert asked[-1] == ("tcp://far:2376", Path("/t/docker"))
    assert (engine.context, engine.tls, engine.private) == ("far", Path("/t/docker"), False)
    told = client_environment(engine, current)
    assert (told["DOCKER_HOST"], told["DOCKER_CONTEXT"]) == ("", "far")


def test_without_a_client_to_read_it_the_current_context_is_one_that_does_not_answer(
    current: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts, "docker_program", lambda *_, **__: current.root / "none")
    with pytest.raises(WorldFailed) as caught:
        find_engine(current)
    assert "no docker client to read contexts" in caught.value.details[-1]


def test_a_context_of_another_kind_is_not_taken_for_the_engine_at_hand() -> None:
    assert room.ask("", "context cluster").problem == "names no engine"


def test_no_engine_is_one_failure_with_what_each_place_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(host: str, origin: str, _: Path | None) -> Answer:
        return Answer(host=host, origin=origin, problem="does not answer")

    monkeypatch.setattr(room, "ask", answer)
    monkeypatch.setenv("DOCKER_HOST", "unix:///gone.sock")
    with pytest.raises(WorldFailed) as caught:
        find_engine(project)
    assert caught.value.hint == "imagewright engine up"
    assert caught.value.details[0] == "DOCKER_HOST (unix:///gone.sock): does not answer"


def test_an_engine_without_buildx_on_this_side_is_told_apart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        room, "ask", lambda host, origin, _: Answer(host=host, origin=origin, version="27.0.0")
    )
    monkeypatch.setattr(room, "_system_plugin", lambda _: None)
    with pytest.raises(WorldFailed) as caught:
        find_engine(project)
    assert "no docker client with buildx" in caught.value.details[0]


def test_the_private_engine_is_driven_by_its_own_programs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = layout_of(project)
    plugins = layout.programs / "usr/libexec/docker/cli-plugins"
    for program in (layout.programs / "usr/bin/docker", plugins / "docker-buildx"):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(0o755)
    monkeypatch.setattr(
        room, "ask", lambda host, origin, _: Answer(host=host, origin=origin, version="26.1.5")
    )
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    engine = find_engine(project)
    assert engine.private
    assert engine.networking == "host-only"
    assert engine.docker == layout.programs / "usr/bin/docker"
    assert engine.buildx == plugins / "docker-buildx"
    assert engine.compose is None


def test_a_socket_that_is_not_there_is_not_waited_for() -> None:
    answer = room.ask("unix:///no/such/docker.sock", "test")
    assert answer.problem == "no engine listens there"


def test_the_clients_state_stays_out_of_the_persons_folder(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(
        host=Layout(cache=project.cache).host,
        docker=Path("/programs/usr/bin/docker"),
        buildx=Path("/programs/docker-buildx"),
        version="26.1.5",
        private=True,
        networking="host-only",
        data_root="/data",
    )
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.delenv("BUILDX_CONFIG", raising=False)
    monkeypatch.setenv("BUILDX_BUILDER", "farm")  # our folder has none of that name
    told = client_environment(engine, project)
    assert told == {
        "DOCKER_HOST": engine.host,
        "BUILDX_BUILDER": "",
        "BUILDX_CONFIG": str(project.cache / "buildx"),
        "PATH": "/programs/usr/bin:/usr/bin",
    }
    monkeypatch.setenv("BUILDX_CONFIG", "/mine")
    assert client_environment(engine, project)["BUILDX_CONFIG"] == "/mine"


def test_a_builder_is_found_where_the_person_made_it(tmp_path, monkeypatch):
    monkeypatch.delenv("BUILDX_CONFIG", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker/buildx/instances").mkdir(parents=True)
    (tmp_path / "docker/buildx/instances/farm").touch()
    project = Project(root=tmp_path, cache=tmp_path / "cache")
    engine = Engine(
        host="unix:///s", docker=Path("/d/docker"), buildx=Path("/d/buildx"), version="26.1.5",
        private=True, networking="host-only", data_root="/data",
    )  # fmt: skip
    theirs, ours = str(tmp_path / "docker/buildx"), str(tmp_path / "cache/buildx")
    for name, folder in (("farm", theirs), ("other", ours), ("", ours)):
        assert client_environment(engine, project, name)["BUILDX_CONFIG"] == folder
    monkeypatch.setenv("BUILDX_CONFIG", "/mine")
    assert client_environment(engine, project, "farm")["BUILDX_CONFIG"] == "/mine"


def test_a_context_brings_its_own_address(tmp_path):
    project = Project(root=tmp_path, cache=tmp_path / "cache")
    engine = Engine(
        host="tcp://far:2376", docker=Path("/d/docker"), buildx=Path("/d/buildx"),
        version="26.1.5", private=False, networking="bridge", data_root="/data", context="far",
    )  # fmt: skip
    told = client_environment(engine, project)
    assert (told["DOCKER_HOST"], told["DOCKER_CONTEXT"]) == ("", "far")
    assert engine.place == "context far"
