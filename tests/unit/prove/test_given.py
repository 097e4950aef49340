"""What the suite imports in an image."""

import os
import shutil
import subprocess
import sys

import msgspec
import pytest

from validation.prove.suite.given import (
    IMPORTED_FROM,
    brings_tools,
    find_writable,
    modules_of,
    probe_failure,
)


def test_what_is_declared_is_imported_by_its_own_name(image):
    wanted = msgspec.structs.replace(
        image,
        torch="2.7.1",
        cupy="13.6.0",
        requirements=("torch==2.7.1", "cupy-cuda12x==13.6.0", "prometheus-client", "PyYAML>=6"),
    )
    assert modules_of(wanted) == ["torch", "cupy", "prometheus_client", "yaml"]


def test_a_torch_that_the_base_brings_is_imported_though_nothing_requires_it(image):
    base = msgspec.structs.replace(image, torch="2.11.0", cupy=None, requirements=("fastapi",))
    assert modules_of(base) == ["torch", "fastapi"]


def test_wheels_of_libraries_and_headers_have_nothing_to_import(image):
    headers = ("nvidia-cuda-runtime-cu12==12.6.77", "uvicorn[standard]")
    wanted = msgspec.structs.replace(image, torch=None, cupy=None, requirements=headers)
    assert modules_of(wanted) == ["uvicorn"]


@pytest.mark.parametrize(
    ("source", "flavor", "brings"),
    [
        ("nvidia-cuda", "devel", True),
        ("nvidia-cuda", "cudnn-devel", True),
        ("nvidia-cuda", "cudnn-runtime", False),
        ("distro", None, False),
        ("ngc", None, True),
    ],
)
def test_devel_bases_bring_build_tools(image, source, flavor, brings):
    base = msgspec.structs.replace(image, source=source, flavor=flavor)
    assert brings_tools(base) is brings


@pytest.fixture
def environment(tmp_path):
    """An environment that is reached by a link; nobody else may write it."""
    folder = tmp_path / "real" / "lib"
    folder.mkdir(parents=True)
    (folder / "module.py").touch()
    for path in (folder, folder.parent, folder / "module.py"):
        path.chmod(0o644 if path.is_file() else 0o755)
    (tmp_path / "venv").symlink_to(folder.parent)
    return tmp_path / "venv"


def writable(*paths, uid="54321", gid="54321"):
    command = find_writable(map(str, paths), uid, gid)
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_what_is_writable_behind_a_link_is_found(environment):
    module = environment / "lib" / "module.py"
    assert writable(environment) == []
    assert str(module) in writable(environment, uid=str(os.getuid()))
    module.chmod(0o646)
    assert writable(environment) == [str(module)]
    module.chmod(0o664)
    assert writable(environment, gid=str(module.stat().st_gid)) == [str(module)]


def test_folders_within_others_are_looked_at_once(environment):
    (environment / "lib" / "module.py").chmod(0o646)
    assert len(writable(environment / "lib", environment, environment)) == 1
    beside = environment.parent / "venv beside"
    shutil.copytree(environment, beside)
    assert len(writable(environment, beside)) > 1


def test_python_runs_from_the_current_folder_and_the_path(tmp_path):
    start, named = tmp_path / "start", tmp_path / "named"
    start.mkdir()
    named.mkdir()
    told = subprocess.run(
        [sys.executable, "-c", IMPORTED_FROM], cwd=start, capture_output=True, text=True,
        check=True, env={"PYTHONPATH": f"{named}:{tmp_path}/absent"},
    ).stdout.splitlines()  # fmt: skip
    assert {str(start), str(named), os.path.realpath(sys.executable)} <= set(told)
    assert f"{tmp_path}/absent" not in told


def test_a_probe_that_crashed_says_so_though_it_said_nothing():
    crashed = "the probe onnx_run was ended by SIGSEGV: it said nothing"
    assert probe_failure("onnx_run", 139, "") == crashed
    assert probe_failure("imports", 1, "KeyError\n") == "the probe imports failed: KeyError"
