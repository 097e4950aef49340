"""Runs: a lock says who lives; only what is dead and ours is removed."""

import fcntl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import DockerException
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ReadTimeout

from validation.engine.disk import require_space
from validation.engine.locks import locked
from validation.engine.runs import (
    HOST_LABEL,
    RUN_LABEL,
    host_id,
    open_run,
    reap,
    remove_container,
    remove_run,
)
from validation.errors import WorldFailed
from validation.model import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, cache=tmp_path / "cache")


class FakeEngine:
    """An engine's containers: {id: labels}."""

    def __init__(self, containers: dict[str, dict[str, str]]) -> None:
        self.left = dict(containers)
        self.api = SimpleNamespace(containers=self._list, remove_container=self._remove)

    def _list(self, *, all: bool, filters: dict[str, str]) -> list[dict[str, Any]]:  # noqa: A002  (the SDK's name)
        assert all
        name, _, value = filters["label"].partition("=")
        return [
            {"Id": one, "Labels": labels}
            for one, labels in self.left.items()
            if labels.get(name) == value
        ]

    def _remove(self, name: str, *, force: bool, v: bool) -> None:
        assert force
        assert v
        del self.left[name]


def dead_run(project: Project, name: str) -> None:
    (project.cache / "runs" / name).mkdir(parents=True)
    (project.cache / "runs" / f"{name}.lock").touch()


def test_a_run_leaves_nothing(project: Project) -> None:
    with open_run(project) as run:
        assert run.scratch.is_dir()
        (run.scratch / "file").write_text("x")
        assert run.labels() == {RUN_LABEL: run.id, HOST_LABEL: host_id(project)}
    assert list((project.cache / "runs").iterdir()) == []


def test_an_exception_leaves_nothing_either(project: Project) -> None:
    with pytest.raises(KeyboardInterrupt), open_run(project):
        raise KeyboardInterrupt
    assert list((project.cache / "runs").iterdir()) == []


def test_the_host_id_is_made_once(project: Project) -> None:
    assert host_id(project) == host_id(project)
    other = Project(root=project.root, cache=project.cache.with_name("other"))
    assert host_id(other) != host_id(project)
    assert {path.name for path in project.cache.iterdir()} == {"host-id", "host-id.lock"}


@pytest.mark.parametrize("content", [b"", b"0123456789a", b"\xd7\xff", b"not what it was\n"])
def test_a_damaged_host_id_is_made_anew(project: Project, content: bytes) -> None:
    first = host_id(project)
    (project.cache / "host-id").write_bytes(content)
    second = host_id(project)
    assert second != first
    assert len(second) == 12
    assert host_id(project) == second


def test_reaping_takes_the_dead_and_leaves_the_living_and_the_strange(project: Project) -> None:
    dead_run(project, "dead")
    ours = {HOST_LABEL: host_id(project)}
    with open_run(project) as living:
        engine: Any = FakeEngine(
            {
                "of-dead": {RUN_LABEL: "dead", **ours},
                "of-forgotten": {RUN_LABEL: "no-lock-left", **ours},
                "of-living": living.labels(),
                "of-another-machine": {RUN_LABEL: "dead", HOST_LABEL: "elsewhere"},
                "of-nobody": {},
            }
        )
        removed = reap(engine, project)
        assert set(engine.left) == {"of-living", "of-another-machine", "of-nobody"}
        assert set(removed) == {"of-dead", "of-forgotten", str(project.cache / "runs/dead")}
        assert living.scratch.is_dir()
        assert reap(engine, project) == ()


@pytest.mark.parametrize(
    "error", [ReadTimeout("no answer"), NotConnected("reset"), DockerException("odd")]
)
def test_an_engine_that_is_slow_or_lost_is_the_worlds_failure(
    project: Project, error: Exception
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    lost: Any = SimpleNamespace(api=SimpleNamespace(containers=fails, remove_container=fails))
    with open_run(project) as living:
        for ask in (
            lambda: reap(lost, project),
            lambda: remove_run(lost, living),
            lambda: remove_container(lost, "one"),
        ):
            with pytest.raises(WorldFailed, match=str(error)) as caught:
                ask()
            assert "imagewright engine status" in caught.value.hint


def test_without_an_engine_folders_are_reaped(project: Project) -> None:
    dead_run(project, "dead")
    assert reap(None, project) == (str(project.cache / "runs/dead"),)
    assert list((project.cache / "runs").iterdir()) == []


def test_a_held_lock_is_waited_for_and_given_up(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    told: list[str] = []
    with path.open("wb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with (
            pytest.raises(WorldFailed, match="another run has held"),
            locked(path, waiting=lambda: told.append("waiting"), timeout=0),
        ):
            pytest.fail("entered")
    assert told == ["waiting"]
    with locked(path, waiting=lambda: told.append("again")):
        assert told == ["waiting"]


def test_a_full_disk_is_said_with_its_figures(tmp_path: Path) -> None:
    require_space(tmp_path / "not/there/yet", 1, "nothing")
    with pytest.raises(WorldFailed, match=r"for a base: 1000000000\.0 GB needed, \d+\.\d GB free"):
        require_space(tmp_path, 10**18, "a base")
