"""When containers get GPUs, and what is said when they do not."""

import msgspec
import pytest

from validation.errors import BadInput, WorldFailed
from validation.prove.gpu import CDI_DEVICE, find_gpu, gpu_for

NONE = {"Runtimes": {"runc": {}}, "CDISpecDirs": []}
TOOLKIT = {"Runtimes": {"runc": {}, "nvidia": {}}}


@pytest.fixture
def cuda(image):
    return msgspec.structs.replace(image, cuda="12.6")


def test_the_toolkits_runtime_is_asked_for_all_gpus():
    (request,) = find_gpu(TOOLKIT).requests
    assert request["Count"] == -1
    assert request["Capabilities"] == [["gpu"]]


def test_cdi_is_asked_by_device_name():
    (request,) = find_gpu({"DiscoveredDevices": [{"Source": "cdi", "ID": CDI_DEVICE}]}).requests
    assert (request["Driver"], request["DeviceIDs"]) == ("cdi", [CDI_DEVICE])


def test_a_cdi_specification_counts_where_the_engine_tells_no_devices(tmp_path):
    info = {**NONE, "CDISpecDirs": [str(tmp_path), str(tmp_path / "absent")]}
    assert find_gpu(info).missing
    (tmp_path / "nvidia.yaml").write_text("kind: nvidia.com/gpu\n")
    assert find_gpu(info).missing == ""


def test_auto_without_a_gpu_is_a_reason(cuda):
    found = gpu_for(cuda, "auto", NONE)
    assert found.requests == ()
    assert "no GPU" in found.missing


def test_never_asks_for_none_even_where_there_is_one(cuda):
    found = gpu_for(cuda, "never", TOOLKIT)
    assert found.requests == ()
    assert "--gpu never" in found.missing


def test_a_cpu_image_gets_none(image):
    assert gpu_for(image, "auto", TOOLKIT).missing == "the image computes on the CPU"


def test_require(cuda, image):
    assert gpu_for(cuda, "require", TOOLKIT).requests
    with pytest.raises(WorldFailed, match="no GPU"):
        gpu_for(cuda, "require", NONE)
    with pytest.raises(BadInput, match="computes on the CPU"):
        gpu_for(image, "require", TOOLKIT)
