"""What buildx tells of builders, what registry names mean, contexts as Docker tells them."""

import json

import pytest
from msgspec.structs import replace

from tests.unit.engine.test_bases import ENGINE
from validation.engine import client, contexts, places
from validation.engine.client import Answer, context_engine
from validation.engine.contexts import read_context
from validation.engine.layout import Layout
from validation.engine.places import inspect_builder, open_places, read_builder
from validation.engine.registry_names import (
    cache_options,
    is_loopback,
    registry_of,
    require_pushable,
)
from validation.errors import BadInput, WorldFailed
from validation.model import Project
from validation.process import Completed

KUBERNETES = """\
Name:          farm
Driver:        kubernetes
Last Activity: 2026-11-23 16:55:57 +0000 UTC

Nodes:
Name:             farm-a
Endpoint:         kubernetes:///farm?deployment=farm-a
Status:           running
BuildKit version: v0.13.2
Platforms:        linux/amd64*, linux/amd64/v2, linux/386
Name:             farm-b
Endpoint:         kubernetes:///farm?deployment=farm-b
Status:           running
Platforms:        linux/arm64
Name:             farm-c
Status:           inactive
Platforms:        linux/riscv64
"""
DOWN = (
    "Name:   far\nDriver: remote\n\nNodes:\nName:     far0\nStatus:   inactive\nError:    no such\n"
)


def test_a_builder_offers_what_its_running_nodes_do():
    told = read_builder(KUBERNETES)
    assert told.running
    assert told.platforms == ("linux/amd64", "linux/amd64/v2", "linux/386", "linux/arm64")
    assert read_builder(DOWN) == places.BuilderFacts(running=False, error="no such")
    assert not read_builder("").running


def runner(stdout="", stderr="", code=0):
    def run(argv, **_):
        return Completed(argv=tuple(map(str, argv)), returncode=code, stdout=stdout, stderr=stderr)

    return run


def test_a_builder_that_fails_is_no_exception(tmp_path):
    project = Project(root=tmp_path, cache=tmp_path)
    failed = inspect_builder(
        ENGINE, "x", project, runner(stderr='ERROR: no builder "x" found', code=1)
    )
    assert failed.error == 'no builder "x" found'

    def never(*_, **__):
        raise WorldFailed("buildx: no end after 300 s, stopped")

    assert "no end" in inspect_builder(ENGINE, "x", project, never).error


def inspected(host, **more):
    context = {"Name": "far", "Metadata": {}, "Endpoints": {"docker": {"Host": host} | more},
               "TLSMaterial": {"docker": ["ca.pem", "cert.pem", "key.pem"]} if more else {},
               "Storage": {"TLSPath": "/t"}}  # fmt: skip
    return json.dumps([context])


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(contexts, "docker_program", lambda *_, **__: tmp_path)
    monkeypatch.setattr(client, "docker_program", lambda *_, **__: tmp_path)
    monkeypatch.setattr(client, "_system_plugin", lambda _: tmp_path)
    monkeypatch.setattr(client, "ask", lambda host, origin, _: Answer(host=host, origin=origin))
    return Project(root=tmp_path, cache=tmp_path)


def test_a_context_is_an_engine_with_its_name(project):
    found = context_engine("far", project, runner(inspected("ssh://ci@far")))
    assert (found.context, found.place, found.private) == ("far", "context far", False)


def test_a_context_that_does_not_exist_or_trusts_anybody_is_bad_input(project, tmp_path):
    with pytest.raises(BadInput, match="no Docker context 'far'"):
        context_engine("far", project, runner(stderr="context not found", code=1))
    text = inspected("tcp://far:2376", SkipTLSVerify=True)
    with pytest.raises(BadInput, match="does not verify"):
        read_context("far", Layout(cache=tmp_path), runner(text))
    with pytest.raises(BadInput, match="without TLS"):
        context_engine("far", project, runner(inspected("tcp://far:2375")))
    secured = inspected("tcp://far:2376", SkipTLSVerify=False)
    assert str(context_engine("far", project, runner(secured)).tls) == "/t/docker"
    assert context_engine("far", project, runner(inspected("tcp://127.0.0.1:2375"))).tls is None


def test_no_place_that_answers_is_the_worlds_failure_with_each_reason(project, monkeypatch):
    down = Answer(host="ssh://far", origin="context far", problem="does not answer")
    monkeypatch.setattr(places, "context_engine", lambda *_: down)
    with pytest.raises(WorldFailed) as caught:
        open_places(project, contexts=["far"])
    assert caught.value.details == ("context far: ssh://far: does not answer",)


def test_a_lost_context_leaves_the_others(project, monkeypatch):
    down = Answer(host="ssh://far", origin="context far", problem="does not answer")
    near = replace(ENGINE, context="near")
    found = {"far": down, "near": near}
    monkeypatch.setattr(places, "context_engine", lambda name, *_: found[name])
    place = places.Place(engine=near, platforms=("linux/amd64",), exports_cache=False)
    monkeypatch.setattr(places, "_place_of", lambda _: place)
    opened = open_places(project, contexts=["far", "near"])
    assert opened.places == (place,)
    assert opened.engines == (near,)
    assert list(opened.lost) == ["context far"]


def test_registries_of_names():
    assert registry_of("imagewright:x") == registry_of("team/imagewright:x") == ""
    assert registry_of("localhost/x") == "localhost"
    assert registry_of("registry.example/a/b:c") == "registry.example"
    assert [is_loopback(name) for name in ("127.0.0.1:5000", "localhost:1", "[::1]:5")] == [
        True
    ] * 3
    assert not any(map(is_loopback, ("", "registry.example", "127.0.0.1.example", "10.0.0.1:5000")))


def test_a_push_needs_a_registry_or_an_owner():
    require_pushable("team/imagewright")
    with pytest.raises(BadInput, match="names no registry"):
        require_pushable("imagewright")


def test_cache_options_are_plain_http_on_loopback_only():
    def one(text, images=1, *, writes=True):
        return cache_options([text], images=images, writes=writes)[0]

    near = "type=registry,ref=127.0.0.1:5000/c:{id}"
    assert one(near) == near + ",registry.insecure=true"
    far = "type=registry,ref=registry.example/c:{id},mode=max"
    assert one(far, 9) == far
    assert one("type=inline", 9) == "type=inline"
    for wrong in (
        "type=registry",
        "registry.example/c",
        "type=registry,ref=registry.example/c,registry.insecure=true",
    ):
        with pytest.raises(BadInput):
            one(wrong)
    with pytest.raises(BadInput, match="write over one another"):
        one("type=registry,ref=registry.example/c", 2)
    assert one("type=registry,ref=registry.example/c", 2, writes=False)
