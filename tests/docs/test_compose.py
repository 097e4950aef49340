"""compose.yaml starts images that exist, and gives them nothing that they do not need."""

import re

import pytest
import yaml

from tests.docs.test_documents import ROOT

TEXT = (ROOT / "compose.yaml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OVERRIDE = (ROOT / "compose.host.yaml").read_text("utf-8")


def default_of(text):
    """Return what stands for a variable that nobody set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@pytest.mark.parametrize("name", SERVICES)
def test_the_image_is_one_of_the_matrix_and_is_built_from_its_own_folder(name):
    service = SERVICES[name]
    repository, _, image = default_of(service["image"]).partition(":")
    assert repository == "imagewright"
    assert (ROOT / "images" / image / "Dockerfile").is_file(), f"{image} is no image any more"
    assert default_of(service["build"]["dockerfile"]) == f"images/{image}/Dockerfile"


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_privileged_and_ports_are_local(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "user"} & set(service)
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_a_gpu_is_asked_for_by_the_profile_only():
    wanting = {name for name, service in SERVICES.items() if "deploy" in service}
    assert wanting == {"training-gpu"}
    assert SERVICES["training-gpu"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", SERVICES)
def test_the_override_takes_every_service_off_the_packet_filter(name):
    part = OVERRIDE.split(f"\n  {name}:\n")[1].split("\n\n")[0]
    assert "network_mode: host" in part
    assert "ports: !reset []" in part
    assert "IMAGEWRIGHT_HOST: 127.0.0.1" in part
