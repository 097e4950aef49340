"""Who builds what when places are slow, fail or die: real threads, places that are plain data."""

import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.engine.test_bases import ENGINE, IMAGE
from validation.engine.build import BuildResult
from validation.engine.dispatch import Dispatch
from validation.engine.places import Place
from validation.errors import ExitCode
from validation.process import run

A, B = (
    Place(
        engine=replace(ENGINE, context=name, host=f"unix:///{name}"),
        platforms=("linux/amd64",),
        exports_cache=False,
    )
    for name in ("a", "b")
)
ONE, TWO, THREE = (replace(IMAGE, id=name) for name in ("one", "two", "three"))


class World:
    """Builds that take no time; `dead` are places that stop answering at their first build."""

    def __init__(self, dead=(), failing=()):
        self.dead, self.failing = set(dead), set(failing)
        self.lost, self.told = [], []
        self.lock = threading.Lock()

    def build(self, place, image):
        failed = place.name in self.dead or image.id in self.failing
        return BuildResult(
            image=image.id, place=place.name, status="failed" if failed else "built",
            exit_code=ExitCode.FINDINGS if failed else ExitCode.CLEAN,
        )  # fmt: skip

    def run(self, queues, may=lambda place, image: True, at_once=2):  # noqa: ARG005
        dispatch = Dispatch(
            (A, B), queues, build=self.build, may=may,
            problem=lambda place: "gone" if place.name in self.dead else "",
            on_result=self.told.append, on_lost=lambda place, why: self.lost.append((place, why)),
        )  # fmt: skip
        return {result.image: result for result in dispatch.run(at_once)}


def test_each_place_builds_its_share():
    world = World()
    done = world.run({A.name: (ONE, THREE), B.name: (TWO,)})
    assert {name: result.place for name, result in done.items()} == {
        "one": "context a", "two": "context b", "three": "context a",
    }  # fmt: skip
    assert len(world.told) == 3
    assert not world.lost


def test_a_failure_in_a_place_that_answers_stays_one():
    done = World(failing=["one"]).run({A.name: (ONE,), B.name: (TWO,)})
    assert done["one"].status == "failed"
    assert done["one"].exit_code is ExitCode.FINDINGS
    assert done["two"].status == "built"


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_what_a_place_loses_the_other_builds_even_when_it_had_nothing_to_do(at_once):
    world = World(dead=[A.name])
    done = world.run({A.name: (ONE, TWO, THREE), B.name: ()}, at_once=at_once)
    assert {result.place for result in done.values()} == {"context b"}
    assert {result.status for result in done.values()} == {"built"}
    assert [(place.name, why) for place, why in world.lost] == [("context a", "gone")]


def test_with_nobody_left_each_is_the_worlds_failure_with_the_next_step():
    done = World(dead=[A.name, B.name]).run({A.name: (ONE, TWO), B.name: (THREE,)}, at_once=1)
    assert len(done) == 3
    for result in done.values():
        assert result.exit_code is ExitCode.WORLD_FAILED
        assert "stopped answering" in result.message
        assert "docker --context" in result.hint


def test_an_image_that_only_the_lost_place_may_build_is_not_given_away():
    world = World(dead=[A.name])
    may = lambda place, image: place is A or image is not ONE  # noqa: E731
    done = world.run({A.name: (ONE, TWO), B.name: ()}, may=may)
    assert done["one"].exit_code is ExitCode.WORLD_FAILED
    assert done["two"].place == "context b"


def test_an_exception_ends_all_and_goes_upward():
    world = World()
    world.build = lambda place, image: 1 / 0  # noqa: ARG005
    with pytest.raises(ZeroDivisionError):
        world.run({A.name: (ONE, TWO), B.name: (THREE,)})


def test_next_steps_name_the_place():
    assert A.next_step == "docker --context a info"
    builder = replace(A, builder="farm")
    assert builder.name == "builder farm"
    assert "farm" in builder.next_step
    own = replace(A, engine=replace(ENGINE, docker=Path("/d")))
    assert own.name == "private engine"
    assert "engine up" in own.next_step


def test_an_interrupt_ends_what_was_only_about_to_begin():
    preparing = threading.Event()
    asked = []

    def build(place, image):
        preparing.set()
        time.sleep(0.5)  # an interrupt finds no process yet
        done = run([sys.executable, "-c", "import time; time.sleep(30)"], check=False)
        return BuildResult(
            image=image.id, place=place.name, status="failed" if done.returncode else "built",
            exit_code=ExitCode.FINDINGS if done.returncode else ExitCode.CLEAN,
        )  # fmt: skip

    def interrupt():
        assert preparing.wait(10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    dispatch = Dispatch(
        (A,), {A.name: (ONE, TWO)}, build=build, may=lambda *_: True,
        problem=asked.append, on_result=lambda _: None, on_lost=lambda *_: None,
    )  # fmt: skip
    start = time.monotonic()
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        dispatch.run(1)
    assert time.monotonic() - start < 10
    assert not asked, "a place is not asked how it is when everything ends"
