"""Two engines, one of them behind a Docker context, a remote builder, a registry between them."""

import json
import os
import shutil
import subprocess
import time

import pytest

from tests.engine import registry as real
from tests.engine.conftest import REPOSITORY
from tests.engine.many import (
    SLOW,
    SMALL,
    Contexts,
    buildx,
    default_project,
    docker,
    records,
    remote_buildkit,
    second_engine,
    small_checkout,
)
from validation.engine.apt import host_release
from validation.engine.private import up

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a private engine needs root"),
    pytest.mark.skipif(
        host_release().get("VERSION_CODENAME") != "bookworm", reason="the images are of Debian 12"
    ),
]
SMALLS = f"{REPOSITORY}-small"


def diff_ids(registry, repository, reference):
    """Return the digests of the unpacked layers of a pushed image, the base's first.

    Log lines do not tell whether a step was taken from a registry's cache: a step whose layer is
    fetched late shows the download instead of CACHED. A step that ran again makes another layer.
    """
    _, _, body = registry.call(
        "GET", f"/v2/{repository}/manifests/{reference}", Accept=real.MANIFEST
    )
    config = json.loads(body)["config"]["digest"]
    _, _, body = registry.call("GET", f"/v2/{repository}/blobs/{config}")
    return json.loads(body)["rootfs"]["diff_ids"]


@pytest.fixture(scope="module")
def first():
    """The engine that other tests use."""
    return up(default_project())


@pytest.fixture(scope="module")
def second(first):
    with second_engine(first) as made:
        yield made


@pytest.fixture(scope="module")
def contexts(first, second, tmp_path_factory):
    return Contexts(tmp_path_factory.mktemp("docker"), first, first.host, second.layout.host)


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    program = real.unpack(tmp_path_factory.mktemp("program"))
    with real.running(program, tmp_path_factory.mktemp("registry")) as one:
        yield one


@pytest.fixture(scope="module")
def small(tmp_path_factory, first):
    yield small_checkout(tmp_path_factory.mktemp("small") / "checkout", SMALLS)
    images = docker(first, "--host", first.host, "images", "--quiet", SMALLS).split()
    if images:
        docker(first, "--host", first.host, "rmi", "--force", *dict.fromkeys(images))


def test_two_engines_share_the_images_and_each_record_says_where(small, contexts, second):
    words = ("build", "--context", "first,second,down", "--bases", "bootstrap")
    planned = small.imagewright(*words, "--dry-run", **contexts.environment)
    assert planned.stdout.count("build in context first") == 2
    assert planned.stdout.count("build in context second") == 2
    done = small.imagewright(*words, **contexts.environment)
    assert "4 built, 0 unchanged, 0 failed" in done.stdout
    assert "context down does not answer" in done.stderr
    kept = records(small)
    assert sorted(kept) == ["four", "one", "three", "two"]
    assert sorted(each["context"] for each in kept.values()) == ["first"] * 2 + ["second"] * 2
    shape = "{{.Tag}} {{.ID}}"
    there = second.docker("images", "--no-trunc", "--format", shape, SMALLS)
    in_second = dict(line.split() for line in there.splitlines())
    wanted = {
        each["image"]: each["digest"] for each in kept.values() if each["context"] == "second"
    }
    assert in_second == wanted
    again = small.imagewright(*words, **contexts.environment)
    assert "0 built, 4 unchanged, 0 failed" in again.stdout


def test_a_name_that_is_wrong_is_not_an_engine_that_is_down(small, contexts):
    wrong = small.imagewright("build", "--context", "frist", code=2, **contexts.environment)
    assert "no Docker context 'frist'" in wrong.stderr
    down = small.imagewright("build", "--context", "down", code=3, **contexts.environment)
    assert "context down" in down.stderr
    gone = small.imagewright("build", "--builder", "nobody", code=3)
    assert "builder nobody" in gone.stderr


def killed_in_a_step(checkout, second, words, environment):
    """Kill the second engine while a RUN of its sleeps; return how the build ended."""
    build = subprocess.Popen(
        checkout.command("build", *words), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment},
    )  # fmt: skip
    logs = checkout.root / "out/logs"
    deadline = time.monotonic() + 120
    while not any("begun" in path.read_text() for path in logs.glob("*.log")):
        assert build.poll() is None, build.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    second.kill()
    told = build.communicate(timeout=180)[0]
    return build.returncode, told


@pytest.fixture
def slow(tmp_path):
    made = small_checkout(tmp_path / "checkout", SMALLS, names=("slow",))
    (made.root / "templates/distro.Dockerfile.j2").write_text(SMALL + SLOW)
    made.imagewright("render")
    return made


def test_an_engine_killed_in_a_step_is_the_worlds_failure_with_a_next_step(slow, contexts, second):
    words = ("--context", "second", "--bases", "bootstrap")
    code, told = killed_in_a_step(slow, second, words, contexts.environment)
    try:
        assert code == 3, told
        assert "context second stopped answering while this was built" in told
        assert "docker --context second info, then run the same command again" in told
        assert not records(slow)
    finally:
        second.up()
    (slow.root / "templates/distro.Dockerfile.j2").write_text(SMALL)
    slow.imagewright("render")
    done = slow.imagewright("build", *words, **contexts.environment)
    assert "1 built" in done.stdout


def test_what_an_engine_loses_the_other_one_builds(slow, contexts, second):
    template = slow.root / "templates/distro.Dockerfile.j2"
    template.write_text(SMALL + "RUN echo begun && sleep 15\n")
    slow.imagewright("render")
    words = ("--context", "second,first", "--bases", "bootstrap")
    code, told = killed_in_a_step(slow, second, words, contexts.environment)
    try:
        assert code == 0, told
        assert "context second stopped answering" in told
        assert records(slow)["slow"]["context"] == "first"
    finally:
        second.up()


def test_push_then_another_engine_takes_its_layers_from_the_registry(
    line, first, contexts, registry, tmp_path
):
    host = registry.url.removeprefix("http://")
    checkout = type(line)(tmp_path / "checkout")
    shutil.copytree(line.root, checkout.root, ignore=shutil.ignore_patterns("out"))
    checkout.edit("matrix.yaml", f"repository: {REPOSITORY} ", f"repository: {host}/team/images ")
    cache = f"type=registry,ref={host}/team/images:{{id}}"
    words = ("build", "family=inference", "--push", "--cache-from", cache, "--bases", "bootstrap")
    # Anew: the engine may hold a step twice, and what it then exports of it is its own choice.
    checkout.imagewright(*words, "--no-cache", "--cache-to", "type=inline")
    pushed = records(checkout)["inference"]
    assert pushed["pushed"].startswith(f"{host}/team/images:inference-")
    _, headers, _ = registry.call(
        "GET", f"/v2/team/images/manifests/{pushed['image']}", Accept=real.MANIFEST
    )
    assert headers["Docker-Content-Digest"] == pushed["pushed"].partition("@")[2]
    there = diff_ids(registry, "team/images", pushed["image"])
    words = ("build", "family=inference", "--cache-from", cache, "--bases", "bootstrap")
    checkout.imagewright(*words, "--context", "second", **contexts.environment)
    log = next((checkout.root / "out/logs").glob("inference-*.build.log")).read_text()
    # A cache that lies in the image holds the image's own steps, down to the first one that
    # mounts another stage: the base, the system's packages and the user come from the registry.
    words = ("--context", "second", "image", "inspect", "-f", "{{json .RootFS.Layers}}")
    shown = docker(first, *words, pushed["tag"], **contexts.environment, DOCKER_HOST="")
    assert json.loads(shown)[:3] == there[:3]
    assert len(there) > 5
    assert "Unpacking ca-certificates" not in log
    proven = checkout.imagewright("test", "family=inference", **contexts.environment)
    assert "0 failed" in proven.stdout
    receipt = json.loads(next((checkout.root / "out/receipts").glob("*/*.json")).read_text())
    assert receipt["built"]["built_in"] == "context second"
    assert receipt["engine"]["place"] == "context second"
    docker(first, "--host", first.host, "rmi", pushed["tag"])


def test_an_engine_that_cannot_write_a_cache_says_what_can(small, contexts):
    cache = ("--cache-to", "type=registry,ref=registry.example/cache:{id}")
    done = small.imagewright("build", "--context", "first", *cache, code=2, **contexts.environment)
    assert "--builder" in done.stderr
    done = small.imagewright("build", "--push", code=2)
    assert "names no registry" in done.stderr


def test_a_remote_builder_builds_loads_pushes_and_writes_its_cache(
    first, second, registry, tmp_path
):
    host = registry.url.removeprefix("http://")
    project = default_project()
    name = "imagewright-e2e-far"
    checkout = small_checkout(tmp_path / "checkout", f"{host}/far", names=("far",))
    words = ("build", "--builder", name, "--bases", "bootstrap")
    # the builder's engine has the host's network or none; an index on loopback asks for the host's
    loopback = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    with remote_buildkit(second.layout.socket) as port:
        buildx(project, "create", "--name", name, "--driver", "remote", f"tcp://127.0.0.1:{port}")
        try:
            checkout.imagewright(*words, **loopback)
            loaded = records(checkout)["far"]
            assert (loaded["place"], loaded["held"]) == (f"builder {name}", True)
            shown = docker(first, "--host", first.host, "image", "inspect", loaded["tag"])
            assert json.loads(shown)[0]["Id"] == loaded["digest"]
            docker(first, "--host", first.host, "rmi", loaded["tag"])
            cache = f"type=registry,ref={host}/cache:{{id}},mode=max"
            checkout.imagewright(*words, "--push", "--cache-to", cache, **loopback)
            made = diff_ids(registry, "far", records(checkout)["far"]["image"])
            second.docker("builder", "prune", "--all", "--force")
            cached = ("--cache-from", f"type=registry,ref={host}/cache:{{id}}")
            checkout.imagewright(*words, "--push", *cached, **loopback)
            assert diff_ids(registry, "far", records(checkout)["far"]["image"]) == made
        finally:
            buildx(project, "rm", name)
    pushed = records(checkout)["far"]
    assert (pushed["held"], pushed["context"]) == (False, "")
    for repository in ("far", "cache"):
        assert registry.call("GET", f"/v2/{repository}/tags/list")[0] == 200
    # only the registry has it: the engine at hand pulls what was pushed
    done = checkout.imagewright("test", code=None)
    assert f"pulling {pushed['pushed']}" in done.stderr
    docker(first, "--host", first.host, "rmi", "--force", pushed["tag"])
