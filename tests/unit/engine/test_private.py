"""What `engine status` does with an engine that stops answering half-way."""

from types import SimpleNamespace

import pytest
from docker.errors import DockerException
from msgspec.structs import replace
from requests.exceptions import ReadTimeout

from tests.unit.engine.test_bases import ENGINE
from validation.engine import private
from validation.engine.client import Answer
from validation.engine.contexts import Address
from validation.engine.layout import layout_of
from validation.errors import WorldFailed
from validation.model import Project


@pytest.mark.parametrize("error", [ReadTimeout("no answer after 120 s"), DockerException("odd")])
@pytest.mark.parametrize("slow", ["info", "df"])
def test_a_status_that_takes_too_long_is_the_worlds_failure(tmp_path, monkeypatch, error, slow):
    def fails():
        raise error

    closed = []
    answers = {"info": dict, "df": dict} | {slow: fails}
    client = SimpleNamespace(**answers, close=lambda: closed.append(True))
    monkeypatch.setattr(private, "find_engine", lambda _: replace(ENGINE, context="far"))
    monkeypatch.setattr(private, "connect", lambda _: client)
    with pytest.raises(WorldFailed, match=str(error)) as caught:
        private.status(Project(root=tmp_path, cache=tmp_path))
    assert caught.value.hint.startswith("docker --context far info")
    assert closed


def test_nobody_is_asked_once_one_answers(tmp_path, monkeypatch):
    asked = []

    def answer(address):
        asked.append(address.host)
        problem = "" if address.host == "b" else "no"
        return Answer(host=address.host, origin="", problem=problem)

    there = [Address(host=host, origin="") for host in "abc"]
    monkeypatch.setattr(private, "addresses", lambda _: iter(there))
    monkeypatch.setattr(private, "ask_address", answer)
    layout = layout_of(Project(root=tmp_path, cache=tmp_path))
    assert len(private._answers(layout)) == len(asked) == 2
