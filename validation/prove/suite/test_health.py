"""The service on port 8002, as an orchestrator sees it."""

import json

import pytest
from docker.models.containers import Container
from testinfra.host import Host

from validation.model import Image
from validation.prove.case import Case
from validation.prove.suite.given import PYTHON, Described, wait_for

_ASK = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8002/health', timeout=10)"
    ".read().decode())"
)
_FETCHERS = ("curl", "wget")


def test_turns_healthy(container: Container, case: Case) -> None:
    """The engine's own health check turns the container healthy within its time."""

    def settled() -> bool:
        container.reload()
        return container.health != "starting"

    wait_for(settled, case.health_seconds)
    log = container.attrs["State"].get("Health", {}).get("Log") or [{}]
    said = str(log[-1].get("Output", "")).strip()
    assert container.health == "healthy", (
        f"{container.health}; the last check said: {said or 'nothing'}"
    )


def test_answers(host: Host) -> None:
    """GET /health on port 8002 answers healthy, with the device that it computed on."""
    done = host.run("%s -I -c %s", PYTHON, _ASK)
    assert done.rc == 0, f"no answer on port 8002: {done.stderr.strip().splitlines()[-1:]}"
    answer = json.loads(done.stdout)
    assert answer.get("status") == "healthy", f"it answers {done.stdout.strip()}"


def test_uses_the_device_it_was_given(host: Host, case: Case, image: Image) -> None:
    """The service computes on the GPU where the container has one, and on the CPU where not.

    One that silently falls back to the CPU is healthy, right, and a hundred times slower.
    """
    if image.workload != "training" or image.device == "cpu":
        pytest.skip("the service knows no other device than the CPU")
    given = "cpu" if case.gpu else "cuda"
    done = host.run("%s -I -c %s", PYTHON, _ASK)
    assert done.rc == 0, f"no answer on port 8002: {done.stderr.strip().splitlines()[-1:]}"
    used = (json.loads(done.stdout).get("device") or {}).get("used")
    assert used == given, f"it was told to use {given} and computes on {used}"


def test_check_needs_no_curl(described: Described) -> None:
    """The health check runs a program by argv and fetches nothing with curl or wget."""
    test = (described.config.get("Healthcheck") or {}).get("Test") or []
    assert test[:1] == ["CMD"], f"HEALTHCHECK is {test or 'missing'}"
    used = [word for word in test if word.rpartition("/")[2] in _FETCHERS]
    assert not used, f"HEALTHCHECK uses {used[0]}"


def test_entrypoint_is_exec_form(described: Described) -> None:
    """The entrypoint is a program, not a shell: signals reach the service, so that it ends well."""
    entrypoint = described.config.get("Entrypoint") or described.config.get("Cmd") or []
    assert entrypoint, "the image has neither ENTRYPOINT nor CMD"
    shell = entrypoint[0].rpartition("/")[2] in {"sh", "bash", "dash"}
    assert not shell, f"the entrypoint is the shell command {entrypoint}"
