"""Proofs in two engines on different machines: at once, ended together, lost one by one."""

import json
import os
import shutil
import signal
import subprocess
import time
from datetime import datetime

import pytest

from tests.engine.conftest import REPOSITORY, ROOT
from tests.engine.many import Contexts, default_project, docker, second_engine, small_checkout
from validation.engine.apt import host_release
from validation.engine.private import up

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a private engine needs root"),
    pytest.mark.skipif(
        host_release().get("VERSION_CODENAME") != "bookworm", reason="the images are of Debian 12"
    ),
]
REPOSITORY = f"{REPOSITORY}-abreast"
PLACES = {"left": "first", "right": "second"}


@pytest.fixture(scope="module")
def first():
    return up(default_project())


@pytest.fixture(scope="module")
def second(first):
    with second_engine(first) as made:
        yield made


@pytest.fixture(scope="module")
def contexts(first, second, tmp_path_factory):
    return Contexts(tmp_path_factory.mktemp("docker"), first, first.host, second.layout.host)


@pytest.fixture(scope="module")
def built(first, contexts, tmp_path_factory):
    """Two inference images, the left one built in the first engine, the right one in the second."""
    made = small_checkout(tmp_path_factory.mktemp("abreast") / "checkout", REPOSITORY, PLACES)
    shutil.copytree(ROOT / "templates", made.root / "templates", dirs_exist_ok=True)
    made.edit("matrix.yaml", "150 MB", "400 MB")
    made.imagewright("render")
    for name, place in PLACES.items():
        words = (f"family={name}", "--context", place, "--bases", "bootstrap")
        made.imagewright("build", *words, **contexts.environment)
    yield made
    images = docker(first, "--host", first.host, "images", "--quiet", REPOSITORY).split()
    docker(first, "--host", first.host, "rmi", "--force", *dict.fromkeys(images))


@pytest.fixture
def proving(built, contexts, first):
    """A running `test` whose containers are there in both engines, and how to count those."""

    def count(name):
        words = ("ps", "--all", "--quiet", "--filter", f"name=imagewright-prove-{name}")
        place = {**contexts.environment, "DOCKER_HOST": ""}
        return len(docker(first, "--context", PLACES[name], *words, **place).split())

    run = subprocess.Popen(
        built.command("test", "--context", "first,second"), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **contexts.environment},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not all(count(name) for name in PLACES):
        assert run.poll() is None, run.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with run:
        yield run, count
        run.kill()


def receipts(checkout):
    """Return the newest receipt of each image, by its family."""
    found = {}
    for path in sorted(checkout.root.glob("out/receipts/*/*.json")):
        found[path.parent.name.partition("-")[0]] = json.loads(path.read_text())
    return found


def test_two_machines_prove_at_once(built, proving):
    run, count = proving
    told = run.communicate(timeout=300)[0]
    assert run.returncode == 0, told
    kept = receipts(built)
    assert {name: kept[name]["engine"]["place"] for name in PLACES} == {
        name: f"context {place}" for name, place in PLACES.items()
    }
    began = [datetime.fromisoformat(kept[name]["started"]) for name in PLACES]
    ended = [datetime.fromisoformat(kept[name]["finished"]) for name in PLACES]
    assert max(began) < min(ended)
    assert not any(count(name) for name in PLACES)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_both_and_leaves_nothing(built, proving, number):
    run, count = proving
    before = receipts(built)
    run.send_signal(number)
    told = run.communicate(timeout=30)[0]
    assert run.returncode == 128 + number, told
    assert not any(count(name) for name in PLACES)
    assert receipts(built) == before, "a proof that was stopped says nothing of its image"


def test_an_engine_that_dies_loses_its_own_images_only(built, proving, second):
    run, count = proving
    shutil.rmtree(built.root / "out/receipts", ignore_errors=True)
    second.kill()
    try:
        told = run.communicate(timeout=300)[0]
        assert run.returncode == 3, told
        assert "context second stopped answering" in told
        assert "not proven: right-" in told
        assert "docker --context second info, then run the same command again" in told
        assert list(receipts(built)) == ["left"]
        assert not count("left")
    finally:
        second.up()
