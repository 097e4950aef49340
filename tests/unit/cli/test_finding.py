"""Which engines are asked for images: those given, or the one at hand and those of records."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.unit.engine.test_bases import ENGINE, IMAGE
from validation.cli import finding
from validation.cli.workspace import open_workspace
from validation.engine.places import Place, Places
from validation.engine.records import BuildRecord, write_record
from validation.errors import BadInput, WorldFailed
from validation.model import Project

FAR = replace(ENGINE, context="far", host="ssh://far")
OTHER = replace(IMAGE, id="other")


def recorded(image, context):
    return BuildRecord(
        run="r", image=image.id, tag=f"imagewright:{image.id}", digest="sha256:1", inputs="i",
        base="b", base_digest="sha256:2", base_how="registry", place=f"context {context}",
        context=context, platforms=("linux/amd64",), started=datetime.now(UTC), seconds=1,
        expected_seconds=1,
    )  # fmt: skip


@pytest.fixture
def workspace(checkout, monkeypatch):
    """A checkout whose records name the contexts `far`, which answers, and `gone`."""
    project = Project(root=checkout.root, cache=checkout.root / "cache")
    for image, context in ((IMAGE, "gone"), (OTHER, "far")):
        write_record(project, recorded(image, context))

    def open_places(_, *, contexts):
        if "gone" in contexts:
            raise BadInput("no Docker context 'gone'", hint="docker context ls")
        if "down" in contexts:
            raise WorldFailed("none of the named places answers", details=("context down: why",))
        place = Place(engine=FAR, platforms=("linux/amd64",), exports_cache=False)
        return Places(places=(place,), lost={})

    monkeypatch.setattr(finding, "open_places", open_places)
    monkeypatch.setattr(finding, "find_engine", lambda _: ENGINE)
    return open_workspace(project)


def nothing_at_hand(monkeypatch):
    def fail(_):
        raise WorldFailed("no container engine to work with")

    monkeypatch.setattr(finding, "find_engine", fail)


def test_a_recorded_context_that_was_removed_is_a_lost_place(workspace, monkeypatch, capsys):
    assert finding.engines_to_ask(workspace, (IMAGE, OTHER), ()) == (ENGINE, FAR)
    told = capsys.readouterr().err
    assert "context gone is not asked (no Docker context 'gone')" in told
    nothing_at_hand(monkeypatch)
    assert finding.engines_to_ask(workspace, (IMAGE, OTHER), ()) == (FAR,)
    with pytest.raises(WorldFailed, match="no container engine"):
        finding.engines_to_ask(workspace, (IMAGE,), ())


def test_a_recorded_context_that_does_not_answer_says_why(workspace, capsys):
    write_record(workspace.project, recorded(IMAGE, "down"))
    assert finding.engines_to_ask(workspace, (IMAGE, OTHER), ()) == (ENGINE, FAR)
    assert "context down: why" in capsys.readouterr().err


def test_a_context_that_is_typed_wrong_is_bad_input_still(workspace):
    with pytest.raises(BadInput):
        finding.engines_to_ask(workspace, (IMAGE,), ("gone",))
    assert finding.engines_to_ask(workspace, (IMAGE,), ("far",)) == (FAR,)
