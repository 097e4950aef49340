"""What a machine's NVIDIA driver looks like, and the specification that is made of it."""

import json
from pathlib import Path

import pytest

from validation.engine.cdi import find_driver, library_folders, render_spec

VERSION = "580.95.05"


def lay_driver(folder: Path, version: str = VERSION) -> Path:
    """Lay out a driver's folder as its installer does: real files by version, links by soname."""
    folder.mkdir(parents=True)
    for soname in (
        "libcuda.so.1",
        "libnvidia-ml.so.1",
        "libnvidia-nvvm.so.4",
        "libGLX_nvidia.so.0",
    ):
        real = folder / f"{soname.partition('.so.')[0]}.so.{version}"
        real.write_text(soname)
        (folder / soname).symlink_to(real.name)
    return folder


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    made = tmp_path / "dev"
    (made / "nvidia-caps").mkdir(parents=True)
    for name in ("nvidia0", "nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm", "null"):
        (made / name).touch()
    return made


def lay_proc(folder: Path, version: str) -> Path:
    (folder / "driver/nvidia").mkdir(parents=True)
    told = f"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  {version}  Release Build"
    (folder / "driver/nvidia/version").write_text(told)
    return folder


def test_gpus_come_in_the_order_of_their_numbers_and_all_names_each(
    tmp_path: Path, dev: Path
) -> None:
    driver = find_driver([lay_driver(tmp_path / "lib")], "", dev=dev, proc=tmp_path)
    assert driver is not None
    assert (driver.version, driver.gpus) == (VERSION, (0, 2, 10))
    spec = json.loads(render_spec(driver, dev))
    devices = {each["name"]: each["containerEdits"]["deviceNodes"] for each in spec["devices"]}
    assert spec["kind"] == "nvidia.com/gpu"
    assert devices["2"] == [{"path": f"{dev}/nvidia2"}]
    assert [node["path"] for node in devices["all"]] == [f"{dev}/nvidia{n}" for n in (0, 2, 10)]
    shared = [node["path"] for node in spec["containerEdits"]["deviceNodes"]]
    assert shared == [f"{dev}/nvidiactl", f"{dev}/nvidia-uvm"]


def test_libraries_are_mounted_under_the_names_that_programs_ask_for(
    tmp_path: Path, dev: Path
) -> None:
    folder = lay_driver(tmp_path / "lib")
    driver = find_driver([folder], "", dev=dev, proc=tmp_path)
    assert driver is not None
    mounts = json.loads(render_spec(driver, dev))["containerEdits"]["mounts"]
    cuda = [each for each in mounts if each["containerPath"].endswith("/libcuda.so.1")]
    assert {each["hostPath"] for each in cuda} == {str(folder / f"libcuda.so.{VERSION}")}
    assert len(cuda) == 2, "one for the loaders of each kind of distribution"
    assert all("ro" in each["options"] for each in mounts)
    assert not any("GLX" in each["containerPath"] for each in mounts), "graphics was not asked for"


def test_the_library_of_the_loaded_module_wins_over_one_for_forward_compatibility(
    tmp_path: Path, dev: Path
) -> None:
    compat = lay_driver(tmp_path / "compat", "590.44.01")
    real = lay_driver(tmp_path / "lib")
    proc = lay_proc(tmp_path / "proc", VERSION)
    driver = find_driver([compat, real], "", dev=dev, proc=proc)
    assert driver is not None
    assert driver.version == VERSION


def test_a_machine_without_a_gpu_or_without_its_library_has_no_driver(
    tmp_path: Path, dev: Path
) -> None:
    folder = lay_driver(tmp_path / "lib")
    assert find_driver([folder], "", dev=tmp_path, proc=tmp_path) is None
    assert find_driver([tmp_path], "", dev=dev, proc=tmp_path) is None


def test_the_loaders_folders_are_the_variables_then_the_caches(tmp_path: Path) -> None:
    cache = (
        "\tlibcuda.so.1 (libc6,x86-64) => /usr/lib/far/libcuda.so.1\n\tlibc.so.6 => /lib/libc.so.6"
    )
    folders = library_folders(cache, f"{tmp_path}::/other")
    assert folders[:3] == (tmp_path, Path("/other"), Path("/usr/lib/far"))
