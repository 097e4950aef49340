"""Wheel names of the packages that the tables are about, and of those that mislead."""

import pytest

from validation.refresh.readings import ProjectFile
from validation.refresh.wheels import parse_wheel, sorted_pythons


def parsed(name, project="torch", requires_python=None):
    file = ProjectFile(filename=name, url=f"https://f.example/{name}")
    if requires_python:
        file = ProjectFile(filename=name, url=file.url, requires_python=requires_python)
    wheel = parse_wheel(file, project)
    return wheel and (wheel.release, wheel.local, sorted_pythons(wheel.pythons), wheel.glibc)


@pytest.mark.parametrize(
    ("name", "release", "local", "pythons", "glibc"),
    [
        (
            "torch-2.6.0+cu126-cp311-cp311-linux_x86_64.whl",
            "2.6.0", "cu126", ["3.11"], {"linux/amd64": None},
        ),
        (
            "torch-2.6.0+cpu.cxx11.abi-cp311-cp311-linux_x86_64.whl",
            "2.6.0", "cpu.cxx11.abi", ["3.11"], {"linux/amd64": None},
        ),
        (
            "torch-2.0.0-1-cp38-cp38-manylinux2014_aarch64.whl",
            "2.0.0", None, ["3.8"], {"linux/arm64": "2.17"},
        ),
        (
            "torch-2.7.0-cp313-cp313t-manylinux_2_28_x86_64.whl",
            "2.7.0", None, ["3.13t"], {"linux/amd64": "2.28"},
        ),
        (
            "torch-2.5.1-cp312-cp312-manylinux1_x86_64.whl",
            "2.5.1", None, ["3.12"], {"linux/amd64": "2.5"},
        ),
        (
            "torch-2.13.0+cpu-cp314-cp314-manylinux_2_28_s390x.whl",
            "2.13.0", "cpu", ["3.14"], {"linux/s390x": "2.28"},
        ),
        (
            "torch-2.13.0+cpu-cp314-cp314-win_arm64.whl",
            "2.13.0", "cpu", ["3.14"], {"windows/arm64": None},
        ),
    ],
)  # fmt: skip
def test_torch(name, release, local, pythons, glibc):
    assert parsed(name) == (release, local, pythons, glibc)


def test_the_lowest_of_several_glibcs_counts():
    name = "numpy-1.21.5-cp38-cp38-manylinux_2_12_x86_64.manylinux2010_x86_64.whl"
    assert parsed(name, "numpy") == ("1.21.5", None, ["3.8"], {"linux/amd64": "2.12"})
    name = "onnx-1.23.0-cp312-abi3-manylinux_2_28_x86_64.manylinux_2_27_x86_64.whl"
    assert parsed(name, "onnx") == ("1.23.0", None, ["3.12+"], {"linux/amd64": "2.27"})


def test_several_pythons_and_platforms_in_one_name():
    name = "a_b-1.0-cp310.cp311-none-manylinux2014_x86_64.manylinux2014_aarch64.whl"
    found = parsed(name, "A.B")
    assert found == ("1.0", None, ["3.10", "3.11"], {"linux/amd64": "2.17", "linux/arm64": "2.17"})


@pytest.mark.parametrize(
    ("requires", "low"),
    [(">=3.10", "3.10+"), (">3.7,!=3.9.*,>=3.8", "3.8+"), ("~=3.9", "3.9+"), (None, "3.0+"),
     ("nonsense", "3.0+")],
)  # fmt: skip
def test_a_wheel_for_any_python_starts_where_requires_python_does(requires, low):
    name = "torchvision-0.29.2-py3-none-manylinux_2_28_x86_64.whl"
    found = parsed(name, "torchvision", requires)
    assert found == ("0.29.2", None, [low], {"linux/amd64": "2.28"})


def test_requires_python_does_not_count_where_an_abi_is_named():
    name = "torch-2.5.0-cp39-cp39-manylinux1_x86_64.whl"
    assert parsed(name, requires_python=">=3.8")[2] == ["3.9"]


def test_a_wheel_for_any_platform_needs_no_glibc():
    found = parsed("torch-9-py3-none-any.whl", requires_python=">=3.11")
    assert found == ("9", None, ["3.11+"], {"linux/amd64": "0", "linux/arm64": "0"})


@pytest.mark.parametrize(
    "name",
    [
        "torch-2.0.0.tar.gz",
        "torch-2.0.0.whl",
        "torch-bad-version-cp311-cp311-manylinux1_x86_64.whl",
        "torchvision-0.20.0-cp311-cp311-manylinux1_x86_64.whl",
        "torch-2.0.0-cp311-cp311-macosx_11_0_arm64.whl",
        "torch-2.0.0-cp311-cp311-musllinux_1_2_x86_64.whl",
        "torch-2.0.0-cp311-cp311-manylinux2014_i686.whl",
        "torch-2.0.0-pp310-pypy310_pp73-manylinux2014_x86_64.whl",
        "torch-1.0.0-cp27-cp27mu-manylinux1_x86_64.whl",
        "torch-2.0.0-py2-none-any.whl",
        "",
    ],
)
def test_what_no_image_can_use(name):
    assert parsed(name) is None


def test_pythons_are_ordered_as_versions():
    pythons = ["3.9", "3.14t", "3.10", "3.13t", "3.13", "3.12+", "3.9"]
    assert sorted_pythons(pythons) == ["3.9", "3.10", "3.12+", "3.13", "3.13t", "3.14t"]
