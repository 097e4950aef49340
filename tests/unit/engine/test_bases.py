"""Which base is chosen: registry, stand-in, or a failure that says what to do."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import requests
from docker.errors import APIError, ImageNotFound

from validation.engine import bases as room
from validation.engine.bases import deliver_base, resolve_base
from validation.engine.client import Engine
from validation.engine.standins import StandIn
from validation.errors import WorldFailed
from validation.model import Fleet, Image, Project

DIGEST = "sha256:" + "a" * 64
ENGINE = Engine(
    host="unix:///none",
    docker=Path("/docker"),
    buildx=Path("/buildx"),
    version="26.1.5",
    private=True,
    networking="host-only",
    data_root="/data",
)
IMAGE = Image(
    id="cpu",
    family="cpu",
    template="distro",
    workload="training",
    base="debian:12-slim",
    source="distro",
    os="debian12",
    python="3.11",
    fleet=Fleet(drivers=">=535", gpus=("sm_90",)),
    budget_mb=100,
)


class World:
    """A registry that answers `answer` (or raises it) and an archive that makes stand-ins."""

    def __init__(self, tmp_path: Path) -> None:
        self.answer: str | Exception = DIGEST
        self.now = 1_000_000.0
        self.asked = self.made = self.imported = 0
        self.archive = tmp_path / "rootfs.tar"
        self.archive.touch()
        self.project = Project(root=tmp_path, cache=tmp_path / "cache")
        self.told: list[str] = []

    def registry(self, reference: str) -> SimpleNamespace:
        del reference
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return SimpleNamespace(id=self.answer)

    def make(self, *_: Any) -> tuple[StandIn, Path]:
        self.made += 1
        return StandIn(os="debian12", digest=DIGEST, packages=88), self.archive

    def bring(self, *_: Any) -> None:
        self.imported += 1

    def resolve(self, mode: room.BaseMode, image: Image = IMAGE) -> room.BaseChoice:
        choice = resolve_base(image, ENGINE, self.project, mode, self.told.append)
        deliver_base(choice, ENGINE)
        return choice


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    client = SimpleNamespace(
        images=SimpleNamespace(get_registry_data=made.registry), close=lambda: None
    )
    monkeypatch.setattr(room, "connect", lambda *_, **__: client)
    monkeypatch.setattr(room, "make_standin", made.make)
    monkeypatch.setattr(room, "import_standin", made.bring)
    monkeypatch.setattr(room.time, "time", lambda: made.now)
    return made


NO_SUCH_HOST = APIError("500", explanation="dial tcp: lookup registry.example: no such host")


def test_a_registry_that_answers_gives_the_base_pinned_by_digest(world: World) -> None:
    choice = world.resolve("auto")
    assert choice.reference == f"debian:12-slim@{DIGEST}"
    assert (choice.how, choice.digest) == ("registry", DIGEST)
    assert world.made == 0


@pytest.mark.parametrize("error", [NO_SUCH_HOST, TimeoutError()])
def test_auto_makes_a_stand_in_and_says_so(world: World, error: Exception) -> None:
    world.answer = error
    choice = world.resolve("auto")
    assert choice.reference == "imagewright-base:debian12-" + "a" * 12
    assert (choice.how, world.made, world.imported) == ("bootstrap", 1, 1)
    assert "registry not reached" in world.told[0]
    assert "stand-in for debian:12-slim" in choice.note


def test_an_answer_holds_for_an_hour_and_no_longer(world: World) -> None:
    first = world.resolve("auto")
    world.now += 3599
    assert world.resolve("auto") == first
    assert world.asked == 1
    world.now += 2
    world.resolve("auto")
    assert world.asked == 2


def test_another_engine_gets_the_remembered_stand_in_too(world: World) -> None:
    world.answer = NO_SUCH_HOST
    world.resolve("auto")
    world.imported = 0
    world.resolve("auto")
    assert (world.made, world.imported) == (1, 1)
    world.archive.unlink()
    world.resolve("auto")
    assert world.made == 2


def test_a_remembered_stand_in_does_not_serve_a_registry_only_build(world: World) -> None:
    world.answer = NO_SUCH_HOST
    world.resolve("auto")
    with pytest.raises(WorldFailed, match="registry not reached: debian:12-slim"):
        world.resolve("registry")


def test_bootstrap_does_not_ask_the_registry(world: World) -> None:
    assert world.resolve("bootstrap").how == "bootstrap"
    assert world.asked == 0


@pytest.mark.parametrize(
    "error",
    [ImageNotFound("404", explanation="no such image"), APIError("500: manifest unknown")],
)
def test_an_image_that_the_registry_does_not_have_is_no_reason_for_a_stand_in(
    world: World, error: APIError
) -> None:
    world.answer = error
    with pytest.raises(WorldFailed, match="the registry has no debian:12-slim"):
        world.resolve("auto")
    assert world.made == 0


@pytest.mark.parametrize("mode", ["auto", "registry", "bootstrap"])
@pytest.mark.parametrize("source", ["nvidia-cuda", "ngc"])
def test_a_cuda_base_has_no_stand_in(world: World, mode: room.BaseMode, source: Any) -> None:
    world.answer = NO_SUCH_HOST
    image = msgspec.structs.replace(IMAGE, source=source, base="nvidia/cuda:12.6.3-base")
    with pytest.raises(WorldFailed, match="registry not reached: nvidia/cuda"):
        world.resolve(mode, image)
    assert world.made == 0


@pytest.mark.parametrize(
    "error", [requests.exceptions.ConnectionError("refused"), requests.exceptions.ReadTimeout()]
)
def test_an_engine_that_goes_away_while_it_is_given_a_base_is_no_traceback(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def go_away(*_: Any) -> None:
        raise error

    world.answer = NO_SUCH_HOST
    monkeypatch.setattr(room, "import_standin", go_away)
    with pytest.raises(WorldFailed, match="stopped answering while it was given") as caught:
        world.resolve("auto")
    assert caught.value.hint
