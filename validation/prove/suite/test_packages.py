"""What is installed: as declared, as locked, and importable."""

import pytest
from packaging.version import Version
from testinfra.host import Host

from validation.model import Image
from validation.prove.case import Case
from validation.prove.suite.given import Probe, modules_of
from validation.render.lockfile import pins

CONSTRAINTS = "/opt/imagewright/constraints.txt"
"""What the base brought, as the build wrote it down; pip and uv obey it in the image."""

_DECLARED = ("torch", "torchvision", "torchaudio", "numpy", "onnx", "onnxruntime")


def _differs(found: str | None, declared: str) -> bool:
    """Return True unless `found` is the declared version; a local part counts if declared."""
    if found is None or " and " in found:
        return True
    version = Version(found)
    return declared not in {str(version), version.public}


def test_versions_are_declared(installed: dict[str, str], image: Image) -> None:
    """Each package that the matrix names has the version that was declared or resolved."""
    if image.source == "ngc" and "torch" in installed:  # 2.13.0a0+9186a08 leads to 2.13.0
        installed = {**installed, "torch": Version(installed["torch"]).base_version}
    declared = {name: getattr(image, name) for name in _DECLARED}
    if image.cuda is not None:
        declared[f"cupy-cuda{image.cuda.partition('.')[0]}x"] = image.cupy
    wrong = [
        f"{name} declared {version}, found {installed.get(name, 'none')}"
        for name, version in declared.items()
        if version is not None and _differs(installed.get(name), version)
    ]
    assert not wrong, "; ".join(wrong)


def test_absent_is_absent(installed: dict[str, str], image: Image) -> None:
    """An inference image has no torch: it would be four times the size and another runtime."""
    if image.workload != "inference":
        pytest.skip("only an inference image must do without torch")
    assert "torch" not in installed, f"torch {installed.get('torch')} is installed"


def test_lock_is_installed(installed: dict[str, str], case: Case) -> None:
    """The environment holds every line of requirements.lock at its version, and nothing else."""
    if case.unlocked:
        pytest.skip(f"the image is not locked: {case.unlocked}")
    if case.image.torch_from_base:
        pytest.skip("the base brings packages of its own: base_is_kept tells")
    wrong = [
        f"{name} locked {version}, found {installed.get(name, 'none')}"
        for name, version in sorted(case.pins.items())
        if _differs(installed.get(name), version)
    ]
    wrong += [
        f"{name} {installed[name]} is not in the lock"
        for name in installed
        if name not in case.pins
    ]
    assert not wrong, "; ".join(wrong)


def test_base_is_kept(installed: dict[str, str], case: Case, host: Host) -> None:
    """What the base brought has its version still; what it lacked has the lock's."""
    if not case.image.torch_from_base:
        pytest.skip("the base brings no packages")
    kept = pins(host.file(CONSTRAINTS).content_string)
    assert "torch" in kept or case.image.torch is None, f"{CONSTRAINTS} does not protect torch"
    wrong = [
        f"{name} {'kept' if name in kept else 'locked'} {version}, found {installed.get(name)}"
        for name, version in {**case.pins, **kept}.items()
        if _differs(installed.get(name), version)
    ]
    assert not wrong, "; ".join(wrong)


def test_requirements_are_imported(probe: Probe, image: Image) -> None:
    """Every direct requirement is imported without an error, its own libraries included."""
    errors = probe("imports", *modules_of(image))["errors"]
    assert not errors, "; ".join(f"import {name}: {text}" for name, text in errors.items())


def test_onnxruntime_runs_a_model(probe: Probe, image: Image) -> None:
    """ONNX Runtime runs a model: with a NumPy that it was not built for, only this crashes."""
    if image.onnxruntime is None:
        pytest.skip("the image has no ONNX Runtime")
    found = probe("onnx_run")["output"]
    assert found == [3.0, -4.0], f"1.5 and -2 were doubled to {found}"


def test_torch_variant(probe: Probe, image: Image) -> None:
    """Torch was built for the declared CUDA: the version alone does not tell, and pip may mix."""
    if image.torch is None:
        pytest.skip("the image has no torch")
    torch = probe("imports", *modules_of(image))["torch"]
    assert torch is not None, "torch cannot be imported"
    found = torch["cuda"]
    assert found == image.cuda, f"declared CUDA {image.cuda}, torch was built for {found}"
