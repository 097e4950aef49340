"""METADATA as real wheels have it, in the spellings of several build tools."""

import pytest

from validation.refresh.metadata import Bundled, bound_on, bundled, parse_metadata, pinned_torch


def metadata(*requires, extras=()):
    lines = ["Metadata-Version: 2.1", "Name: A_b", "Version: 1.0"]
    lines += [f"Requires-Dist: {text}" for text in requires]
    lines += [f"Provides-Extra: {name}" for name in extras]
    found = parse_metadata("\n".join(lines) + "\n\nRequires-Dist: not-a-header\n")
    assert found is not None
    return found


def test_fields():
    found = metadata("numpy>=1.22", extras=("ctk",))
    assert (found.name, found.version, found.requires) == ("a-b", "1.0", ("numpy>=1.22",))
    assert found.extras == ("ctk",)


@pytest.mark.parametrize("text", ["", "Name: a\n", "Version: 1\n", "<html>"])
def test_no_metadata(text):
    assert parse_metadata(text) is None


@pytest.mark.parametrize(
    ("requires", "bound"),
    [
        (("numpy<2.6,>=1.22",), ">=1.22,<2.6"),
        (("numpy (<1.29,>=1.20)",), ">=1.20,<1.29"),
        (("numpy",), ""),
        (("numpy>=1.21.6", "numpy!=1.24.*,<2"), ">=1.21.6,!=1.24.*,<2"),
        (("protobuf",), None),
        (("numpy>=2; extra == 'test'",), None),
        (("numpy>=2; sys_platform == 'win32'", "numpy>=1; sys_platform == 'linux'"), ">=1"),
        (("numpy>=2; python_version >= '3.10'",), ">=2"),
        (("numpy>=1; python_version < '3.12'", "numpy>=2; python_version >= '3.12'"), None),
        (("this is no requirement", "NumPy >= 1"), ">=1"),
    ],
)
def test_bound_on_numpy(requires, bound):
    assert bound_on(metadata(*requires), "numpy", {"3.10", "3.12+", "3.13t"}) == bound


def test_no_pythons_no_bound():
    assert bound_on(metadata("numpy"), "numpy", set()) is None


@pytest.mark.parametrize(
    ("requires", "pin"),
    [("torch (==2.0.1)", "2.0.1"), ("torch>=2.14.0", None), ("torch==2.9.*", None), ("x", None)],
)
def test_pinned_torch(requires, pin):
    assert pinned_torch(metadata(requires), "3.12") == pin


LINUX = 'platform_system == "Linux"'


def test_bundled_by_separate_wheels():
    on = f'{LINUX} and platform_machine == "x86_64"'
    found = metadata(
        f"nvidia-cuda-nvrtc-cu12 (==12.4.127) ; {on}",
        f"nvidia-cuda-runtime-cu12 (==12.4.127) ; {on}",
        f"nvidia-cudnn-cu12 (==9.1.0.70) ; {on}",
        f"nvidia-nccl-cu12 (==2.21.5) ; {on}",
        f"triton (==3.2.0) ; {on}",
    )
    assert bundled(found, "3.12") == Bundled(
        cuda_runtime="12.4.127", cudnn="9.1.0.70", nccl="2.21.5", triton="==3.2.0"
    )


def test_bundled_by_cuda_toolkit():
    found = metadata(
        f"cuda-toolkit[cublas,cudart]==13.0.3; {LINUX}",
        f"nvidia-cudnn-cu13==9.20.0.48; {LINUX}",
        f"nvidia-nccl-cu13==2.29.7; {LINUX}",
        f'triton~=3.8.0; {LINUX} and python_version < "3.15"',
    )
    assert bundled(found, "3.12").cuda_runtime == "13.0.3"
    assert bundled(found, "3.12").triton == "~=3.8.0"
    assert bundled(found, "3.15").triton is None


def test_nothing_bundled():
    nothing = Bundled(cuda_runtime=None, cudnn=None, nccl=None, triton=None)
    assert bundled(metadata("filelock"), "3.12") == nothing
