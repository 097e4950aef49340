import msgspec
import pytest

from validation.model import Fleet, Image


@pytest.fixture
def image():
    return Image(
        id="cpu-torch2.13.0-py3.11-debian12",
        family="cpu",
        template="distro",
        workload="training",
        base="debian:12-slim",
        source="distro",
        os="debian12",
        python="3.11",
        variant="cpu",
        torch="2.13.0",
        requirements=("torch==2.13.0+cpu", "fastapi"),
        fleet=Fleet(drivers=">=535", gpus=("sm_90",)),
        budget_mb=1500,
    )


@pytest.fixture
def replace():
    return msgspec.structs.replace
