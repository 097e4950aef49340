"""The suite's outcomes are read as they are written, and its command line lets nothing else in."""

from pathlib import Path

import msgspec
import pytest

from validation.engine.client import Engine
from validation.errors import WorldFailed
from validation.prove import checks
from validation.prove.case import Case, decode_case, encode_case
from validation.prove.checks import Outcomes, run_checks, suite_argv
from validation.prove.receipt import Proof

GOOD = Proof(name="a.b", outcome="passed")


def line(proof: Proof) -> bytes:
    return msgspec.json.encode(proof) + b"\n"


@pytest.fixture
def case(image):
    engine = Engine(
        host="unix:///run/docker.sock",
        docker=Path("/usr/bin/docker"),
        buildx=Path("/usr/bin/docker-buildx"),
        version="26.1.5",
        private=True,
        networking="host-only",
        data_root="/var/lib/docker",
    )
    return Case(
        engine=engine,
        image=image,
        image_id="sha256:ab",
        container_id="cd",
        pins={"torch": "2.13.0+cpu"},
        unlocked="",
        gpu="no GPU",
        health_seconds=60.0,
    )


def test_a_case_survives_the_way_to_the_suite(case):
    assert decode_case(encode_case(case)) == case


def test_half_a_line_waits_for_its_other_half(tmp_path):
    file = tmp_path / "outcomes"
    heard = []
    outcomes = Outcomes(file, heard.append)
    outcomes.drain()
    file.write_bytes(line(GOOD) + line(GOOD)[:10])
    outcomes.drain()
    assert heard == [GOOD]
    with file.open("ab") as more:
        more.write(line(GOOD)[10:] + b'{"ended":0}\n')
    outcomes.drain()
    outcomes.drain()
    assert outcomes.proofs == heard == [GOOD, GOOD]
    assert outcomes.ended == 0


def test_the_persons_pytest_settings_stay_out():
    argv = [str(word) for word in suite_argv(Path("case"), Path("outcomes"), "cd")]
    assert argv[argv.index("-c") + 1].endswith("suite/pytest.ini")
    assert "docker://cd" in argv


def pretend(monkeypatch, written: bytes, said: list[str], error: WorldFailed | None = None):
    """Put a suite in pytest's place that writes and says what it is told to."""
    seen = {}

    def stream(argv, *, on_line, log, env, timeout):
        seen.update(env=env, timeout=timeout)
        argv[argv.index("--outcomes") + 1].write_bytes(written)
        for each in said:
            log.write(each)
            on_line(each)
        if error is not None:
            raise error
        return 0

    monkeypatch.setattr(checks, "stream", stream)
    return seen


def prove(case, project, tmp_path):
    heard = []
    with (tmp_path / "log").open("w") as log:
        proofs = run_checks(case, project, tmp_path, log, timeout=5, report=heard.append)
    assert tuple(heard) == proofs
    return proofs


def test_a_suite_that_ends_is_what_it_wrote(case, project, tmp_path, monkeypatch):
    seen = pretend(monkeypatch, line(GOOD) + b'{"ended":0}\n', ["a.b"])
    assert prove(case, project, tmp_path) == (GOOD,)
    assert seen["timeout"] == 5
    assert seen["env"]["PYTEST_ADDOPTS"] == ""
    assert seen["env"]["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] == "1"
    assert seen["env"]["DOCKER_HOST"] == "unix:///run/docker.sock"


@pytest.mark.parametrize("written", [line(GOOD), line(GOOD) + b'{"ended":3}\n'])
def test_a_suite_that_breaks_off_is_a_failed_proof(case, project, tmp_path, monkeypatch, written):
    pretend(monkeypatch, written, ["INTERNALERROR> it broke"])
    *_, last = prove(case, project, tmp_path)
    assert (last.name, last.outcome) == ("suite.ends", "failed")
    assert "it broke" in last.reason


def test_a_suite_that_hangs_keeps_what_it_had_finished(case, project, tmp_path, monkeypatch):
    pretend(monkeypatch, line(GOOD), ["a.b"], WorldFailed("no end after 5 s, stopped"))
    proofs = prove(case, project, tmp_path)
    assert [proof.outcome for proof in proofs] == ["passed", "failed"]
    assert "did not end within 5 s" in proofs[-1].reason


def test_a_suite_that_cannot_run_is_the_worlds_failure(case, project, tmp_path, monkeypatch):
    pretend(monkeypatch, b'{"ended":4}\n', ["ERROR: no module named testinfra"])
    with pytest.raises(WorldFailed, match="the suite cannot run") as caught:
        prove(case, project, tmp_path)
    assert "testinfra" in caught.value.details[-1]
