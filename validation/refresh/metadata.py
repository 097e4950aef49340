"""METADATA of a wheel: the bounds and pins that the facts record.

Pure; imports model. Source: core metadata specification; PEP 508 markers are evaluated
for Linux on x86-64, CPython, once per Python that the release has wheels for.
"""

from collections.abc import Iterable

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from validation.model import Record


class Metadata(Record, frozen=True, kw_only=True):
    """What a release says of itself: name, version, requirements (PEP 508), extras."""

    name: str
    version: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]


class Bundled(Record, frozen=True, kw_only=True):
    """The NVIDIA libraries that a torch wheel pins; None: not pinned as a requirement."""

    cuda_runtime: str | None
    cudnn: str | None
    nccl: str | None
    triton: str | None


def parse_metadata(text: str) -> Metadata | None:
    """Return METADATA's fields, or None where it has no name or version."""
    fields, _ = parse_email(text)
    name, release = fields.get("name"), fields.get("version")
    if not name or not release:
        return None
    return Metadata(
        name=canonicalize_name(name),
        version=release,
        requires=tuple(fields.get("requires_dist", ())),
        extras=tuple(fields.get("provides_extra", ())),
    )


def spelled_bound(specifiers: SpecifierSet) -> str:
    """Return a bound as the tables spell it, lowest version first: ">=1.22,<2.3"."""

    def place(specifier: Specifier) -> tuple[object, str]:
        return Version(specifier.version.removesuffix(".*")), specifier.operator

    return ",".join(str(specifier) for specifier in sorted(specifiers, key=place))


def _machine(python: str) -> dict[str, str]:
    """Return what markers are evaluated against: Linux on x86-64, CPython, no extra."""
    return {
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_version": "",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "python_version": python,
        "python_full_version": f"{python}.0",
        "extra": "",
    }


def _requirements(metadata: Metadata, python: str) -> dict[str, SpecifierSet]:
    """Return what `metadata` requires of such a machine, by canonical name."""
    found: dict[str, SpecifierSet] = {}
    for text in metadata.requires:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({**_machine(python)}):
            name = canonicalize_name(wanted.name)
            found[name] = found.get(name, SpecifierSet()) & wanted.specifier
    return found


def bound_on(metadata: Metadata, package: str, pythons: Iterable[str]) -> str | None:
    """Return the bound on `package`; "" is any version. None: not required, or not one bound.

    `pythons` are those that the release has wheels for; where their bounds differ there is no
    single one to record.
    """
    plain = sorted({python.rstrip("t+") for python in pythons}, key=Version)
    bounds = [_requirements(metadata, python).get(package) for python in plain]
    if not bounds or any(bound is None or bound != bounds[0] for bound in bounds):
        return None
    return spelled_bound(bounds[0] or SpecifierSet())


def _exact(specifiers: SpecifierSet | None) -> str | None:
    pins = [pin.version for pin in specifiers or () if pin.operator == "=="]
    return pins[0] if len(pins) == 1 and not pins[0].endswith(".*") else None


def pinned_torch(metadata: Metadata, python: str) -> str | None:
    """Return the torch release that a companion pins exactly, or None."""
    return _exact(_requirements(metadata, python).get("torch"))


def bundled(metadata: Metadata, python: str) -> Bundled:
    """Return the libraries that torch's METADATA pins.

    The CUDA runtime is nvidia-cuda-runtime-cu12's version up to torch 2.9 and cuda-toolkit's
    after; both start with the toolkit's major.minor.
    """
    wanted = _requirements(metadata, python)

    def pin(*prefixes: str) -> str | None:
        names = [name for name in wanted if name.startswith(prefixes)]
        return _exact(wanted[names[0]]) if names else None

    triton = wanted.get("triton")
    return Bundled(
        cuda_runtime=pin("nvidia-cuda-runtime", "cuda-toolkit"),
        cudnn=pin("nvidia-cudnn"),
        nccl=pin("nvidia-nccl"),
        triton=None if triton is None else spelled_bound(triton),
    )
