"""Packages from PyPI: NumPy, ONNX, ONNX Runtime and CuPy have a wheel that runs on the system.

Pure; imports facts and model only.
"""

from validation.facts.load import Facts
from validation.facts.questions import glibc_needed, package_wheel, release_in
from validation.facts.records import Known
from validation.facts.versions import version
from validation.matrix.constraints.rule import FINE, Reasons, no, unless_present, unsure


def runtime_package(cuda: str | None) -> str:
    """Return the ONNX Runtime package of an image: the GPU one where there is a CUDA."""
    return "onnxruntime" if cuda is None else "onnxruntime-gpu"


def wheel_of(
    facts: Facts,
    package: str,
    wanted: str,
    *,
    python: str,
    os: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require a wheel of a package for the Python and platforms, and the glibc that it needs."""
    found = FINE
    for platform in platforms:
        answer = package_wheel(facts.package(package), wanted, python, platform)
        what = f"{package} {wanted} for Python {python} on {platform}"
        unknown = f"it is not known whether there is a wheel of {what}"
        name = package.split("-", maxsplit=1)[0]  # the axis: cupy for cupy-cuda12x
        found += unless_present(name, answer, f"there is no wheel of {what}", unknown)
        if answer.known is Known.PRESENT:
            found += _glibc(facts, package, wanted, python, os, platform, answer.source)
    return found


def _glibc(  # noqa: PLR0917  (the parts of one question, asked in one place)
    facts: Facts, package: str, wanted: str, python: str, os: str, platform: str, source: str
) -> Reasons:
    release = release_in(facts.package(package).releases, wanted)
    needed = glibc_needed(release, python, platform) if release else None
    if needed is None:
        return FINE
    fact = f"{package} {wanted}'s wheels for Python {python} need glibc {needed} (manylinux)"
    known = facts.os.releases.get(os)
    if known is None or known.glibc is None:
        message = f"the glibc of {os} is not known, {package} {wanted} needs {needed}"
        return (unsure("glibc", message, fact, source),)
    if version(known.glibc) >= version(needed):
        return FINE
    message = f"{package} {wanted} needs glibc {needed}, {os} has {known.glibc}"
    return (no("glibc", message, fact, source),)


def numpy_wheel(
    facts: Facts,
    *,
    numpy: str,
    python: str,
    os: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require a NumPy wheel for the Python, the platforms and the system's glibc.

    Source: wheel names on PyPI.
    """
    return wheel_of(facts, "numpy", numpy, python=python, os=os, platforms=platforms)


def onnx_wheel(
    facts: Facts,
    *,
    onnx: str,
    python: str,
    os: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require an ONNX wheel for the Python, the platforms and the system's glibc.

    Source: wheel names on PyPI.
    """
    return wheel_of(facts, "onnx", onnx, python=python, os=os, platforms=platforms)


def onnxruntime_wheel(
    facts: Facts,
    *,
    onnxruntime: str,
    cuda: str | None,
    python: str,
    os: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require an ONNX Runtime wheel: of the GPU package where the image has a CUDA.

    Source: wheel names on PyPI.
    """
    package = runtime_package(cuda)
    return wheel_of(facts, package, onnxruntime, python=python, os=os, platforms=platforms)
