"""What the checks work with: the case, the container, the image's own description, the probes.

Every check is left out, with the reason, once its container has ended.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container
from testinfra.host import Host

from validation.engine.client import connect
from validation.model import Image
from validation.prove.case import Case, decode_case
from validation.prove.layer_folders import layer_folders, read_folders
from validation.prove.layer_groups import layer_facts
from validation.prove.layers import Remains, read_layers, unread
from validation.prove.suite.given import (
    PROBES,
    PYTHON,
    Described,
    Figures,
    Probe,
    Tell,
    probe_failure,
)
from validation.prove.suite.outcomes import Outcomes


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the host tells the suite, and where the suite answers."""
    parser.addoption("--case", required=True, type=Path, help="JSON of validation.prove.case.Case")
    parser.addoption("--outcomes", type=Path, help="file that gets one JSON line per check")


@pytest.fixture(scope="session")
def case(pytestconfig: pytest.Config) -> Case:
    """The image under proof and its running container."""
    return decode_case(pytestconfig.getoption("--case").read_bytes())


@pytest.fixture(scope="session")
def image(case: Case) -> Image:
    """What the image was declared to be."""
    return case.image


@pytest.fixture(scope="session")
def client(case: Case) -> Iterator[DockerClient]:
    """The engine that runs the container."""
    client = connect(case.engine)
    yield client
    client.close()


@pytest.fixture(scope="session")
def container(case: Case, client: DockerClient) -> Container:
    """The running container, as the engine describes it."""
    return client.containers.get(case.container_id)


@pytest.fixture(scope="session")
def described(case: Case, client: DockerClient) -> Described:
    """What the engine says of the built image."""
    built = client.images.get(case.image_id)
    config = built.attrs["Config"]
    history = built.history()
    pairs = (variable.partition("=") for variable in config.get("Env") or ())
    return Described(
        config=config,
        labels=config.get("Labels") or {},
        environment={name: value for name, _, value in pairs},
        history=tuple(entry.get("CreatedBy", "") for entry in history),
        layers=layer_facts(built.attrs["RootFS"].get("Layers") or (), history),
        size=built.attrs["Size"],
    )


@pytest.fixture(scope="session")
def remains(case: Case, client: DockerClient) -> Remains:
    """What the image's layers hold, read once for all checks; hidden files included."""
    built = client.images.get(case.image_id)
    folders = layer_folders(built.attrs, case.engine.host)
    found = read_folders(folders) if folders else None
    return found or read_layers(built.save(chunk_size=1 << 20))


@pytest.fixture(scope="session")
def not_read(case: Case, client: DockerClient, remains: Remains) -> str:
    """Why nothing found in `remains` is no proof: layers that could not be read, "" where none."""
    built = client.images.get(case.image_id)
    return unread(remains, built.attrs["RootFS"].get("Layers") or ())


@pytest.fixture(autouse=True)
def _alive(container: Container) -> None:
    """Leave out what cannot run in a container that has ended; the host says that it did."""
    try:
        container.reload()
    except NotFound:
        pytest.skip("the container is gone")
    if container.status != "running":
        pytest.skip(f"the container is {container.status}, no longer running")


@pytest.fixture(scope="session")
def answers() -> dict[tuple[str, ...], dict[str, Any]]:
    """What probes have answered, by probe and arguments."""
    return {}


@pytest.fixture(scope="module")
def probe(host: Host, answers: dict[tuple[str, ...], dict[str, Any]]) -> Probe:
    """Run a script of probes/ by the image's Python and return the JSON that it prints.

    The same question is asked once: importing torch takes seconds.
    """

    def ask(name: str, *arguments: str) -> dict[str, Any]:
        key = (name, *arguments)
        if key not in answers:
            answers[key] = run(name, *arguments)
        return answers[key]

    def run(name: str, *arguments: str) -> dict[str, Any]:
        script = (PROBES / f"{name}.py").read_text("utf-8")
        words = " ".join(["%s"] * (len(arguments) + 4))
        done = host.run(words, PYTHON, "-I", "-c", script, *arguments)
        assert done.rc == 0, probe_failure(name, done.rc, done.stderr or done.stdout)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


@pytest.fixture
def installed(probe: Probe) -> dict[str, str]:
    """What is installed in the image's environment: {normalised name: version}."""
    found: dict[str, str] = probe("packages")["installed"]
    return found


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Tell:
    """Add a remark to the check's record that changes nothing about its outcome."""
    return lambda text: request.node.user_properties.append(("note", text))


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Tell:
    """Add what the check measured to its record."""
    return lambda text: request.node.user_properties.append(("measured", text))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Add measured numbers, by name and unit, to the check's record."""
    return lambda **numbers: request.node.user_properties.append(("figures", numbers))


@pytest.fixture
def gpu(case: Case, image: Image, request: pytest.FixtureRequest) -> None:
    """Leave out what needs a GPU where none was given, and fail it where one was and is not there.

    Whether it is there is asked of the driver, in seconds; each kernel would take torch's import to
    find out the same.
    """
    if image.device == "cpu":
        pytest.skip("the image computes on the CPU")
    if case.gpu:
        pytest.skip(case.gpu)
    probe: Probe = request.getfixturevalue("probe")  # not before: it starts a process
    seen = probe("gpu_devices")
    assert seen["devices"], f"no GPU in the container: {seen['error']}"


def pytest_configure(config: pytest.Config) -> None:
    """Write outcomes where the host asked for them."""
    file = config.getoption("--outcomes")
    if file is not None:
        config.pluginmanager.register(Outcomes(file))
