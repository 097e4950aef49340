"""Nothing of the machine that built the image is in it: no credential, no weakened TLS."""

import pytest

from validation.prove.layers import Remains
from validation.prove.leaks import find_credentials, find_tls_bypasses
from validation.prove.suite.given import Described


@pytest.fixture
def settings(described: Described) -> dict[str, str]:
    """The texts of the image's configuration: environment, labels, commands, history."""
    texts = {f"ENV {name}": f"{name}={value}" for name, value in described.environment.items()}
    texts |= {f"LABEL {name}": f"{name}={value}" for name, value in described.labels.items()}
    texts |= {f"history {at}": text for at, text in enumerate(described.history)}
    for key in ("Cmd", "Entrypoint", "OnBuild"):
        texts[key] = " ".join(described.config.get(key) or ())
    return texts


@pytest.fixture
def files(remains: Remains) -> dict[str, str]:
    """The texts of setting files in all layers; one path may have several."""
    return {path: "\n".join(texts) for path, texts in remains.texts.items()}


def test_no_credentials_in_the_configuration(settings: dict[str, str]) -> None:
    """Environment, labels, commands and history hold no credential: `docker history` shows them."""
    found = find_credentials(settings, settings=True)
    assert not found, "; ".join(found)


def test_no_credentials_in_files(files: dict[str, str], not_read: str) -> None:
    """No layer holds a credential, nor does one that a later layer hides: `docker save` has it."""
    found = find_credentials(files)
    assert not found, "; ".join(found)
    if not_read:
        pytest.skip(not_read)


def test_no_tls_bypass_in_the_configuration(settings: dict[str, str]) -> None:
    """No variable and no build step switches certificate or signature checks off."""
    found = find_tls_bypasses(settings)
    assert not found, "; ".join(found)


def test_no_tls_bypass_in_files(files: dict[str, str], not_read: str) -> None:
    """No setting file of pip, uv, apt, git, curl, wget, npm or conda switches TLS checks off."""
    found = find_tls_bypasses(files)
    assert not found, "; ".join(found)
    if not_read:
        pytest.skip(not_read)
