"""How a build ends that the world breaks: one result, a next step, the right code."""

import contextlib

import pytest
import requests
from docker.errors import DockerException, ImageNotFound

from tests.unit.cli.conftest import ROOT
from tests.unit.engine.test_bases import DIGEST, ENGINE
from validation.cli import build, builder
from validation.cli.builder import Builder, Settings, Task, Wanted
from validation.cli.sharing import Work
from validation.cli.workspace import open_workspace
from validation.engine.bases import BaseChoice
from validation.engine.build import BuildResult
from validation.engine.places import Place, Places
from validation.engine.runs import Run
from validation.errors import ExitCode
from validation.model import Project

CPU = "cpu-torch2.13.0-py3.11-debian12"
PLACE = Place(engine=ENGINE, platforms=("linux/amd64",), exports_cache=False)
PLACES = Places(places=(PLACE,), lost={})


class NoImages:
    """A client of an engine that has nothing."""

    class images:  # noqa: N801  (the SDK's name)
        @staticmethod
        def get(tag):
            raise ImageNotFound(tag)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run beside an engine that is there."""
    one = Run(id="r", host="h", scratch=tmp_path / "scratch")
    monkeypatch.setattr(builder, "connect", lambda _: NoImages)
    monkeypatch.setattr(build, "open_places", lambda *_, **__: PLACES)
    monkeypatch.setattr(build, "acting_run", lambda *_: contextlib.nullcontext(one))
    return one


def test_a_given_file_that_is_no_archive_is_a_wrong_argument(checkout, run, tmp_path):
    del run
    file = tmp_path / "notatar.txt"
    file.write_text("no archive")
    code, out, err = checkout.imagewright("build", CPU, "--base", f"cpu*={file}", "--dry-run")
    assert (code, out) == (2, "")
    assert f"{file} is no tar archive" in err
    assert err.count("→") == 1


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (ExitCode.FINDINGS, "→ mend what is named"),
        (ExitCode.WORLD_FAILED, "→ see `imagewright engine status`"),
    ],
)
def test_a_failed_build_has_a_next_step(code, step, capsys):
    work = Work(places=(), wanted={}, platforms={}, shares=(), seconds={}, settled=())
    failed = BuildResult(image="cpu", status="failed", message="no", exit_code=code)
    assert build._conclude([failed], work) == code
    assert step in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device", "/out/logs/x"),
        requests.exceptions.ReadTimeout("read timed out"),
        DockerException("no more"),
    ],
)
def test_whatever_breaks_a_build_is_its_result(checkout, run, monkeypatch, error):
    def breaks(*_, **__):
        raise error

    monkeypatch.setattr(builder, "build_image", breaks)
    workspace = open_workspace(Project(root=checkout.root, cache=ROOT / "none"))
    monkeypatch.setattr(builder, "client_environment", lambda *_: {})
    (image,) = workspace.selected([CPU])
    base = BaseChoice(reference="b", digest=DIGEST, how="registry", note="")
    wanted = Wanted(image=image, tag="t:x", inputs="i", base=base)
    task = Task(wanted=wanted, place=PLACE, platforms=PLACE.platforms, seconds=1)
    monkeypatch.setattr(Builder, "job", lambda *_: None)
    made = Builder(workspace, PLACES, run, Settings(bases="auto"))
    result = made.build(task, lambda _: None)
    assert (result.status, result.exit_code) == ("failed", ExitCode.WORLD_FAILED)
    assert str(error) in result.message
    assert "then run the same command again" in result.hint
