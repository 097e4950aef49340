"""CuPy: its package for the CUDA major, its wheel, the headers and libraries that it needs.

Pure; imports facts and model only.
"""

from typing import Literal

from validation.facts.load import Facts, cite
from validation.facts.packages import CupyCompiled
from validation.facts.questions import release_in, torch_release
from validation.facts.versions import release_of, version, within
from validation.matrix.constraints.gpus import runs_binary, runs_ptx
from validation.matrix.constraints.packages import wheel_of
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure
from validation.matrix.ids import variant_of


def cupy_package(facts: Facts, cuda: str | None) -> str | None:
    """Return the CuPy package for a CUDA major: 12.6 → cupy-cuda12x; None: there is none."""
    return None if cuda is None else facts.cupy.packages.get(cuda.split(".")[0])


def cupy_wheel(
    facts: Facts,
    *,
    cupy: str,
    cuda: str | None,
    python: str,
    os: str,
    platforms: tuple[str, ...],
) -> Reasons:
    """Require a CuPy package for the CUDA, and a wheel of it for the Python and system.

    Source: CuPy's installation guide (CUDA ranges), wheel names on PyPI.
    """
    table = facts.cupy
    package = cupy_package(facts, cuda)
    if cuda is None or package is None:
        message = (
            f"CuPy {cupy} has no package for CUDA {cuda or '(none: the axis is not declared)'}"
        )
        fact = f"there are {', '.join(table.packages.values())}"
        return (no("cupy", message, fact, cite(table, "ranges")),)
    found = wheel_of(facts, package, cupy, python=python, os=os, platforms=platforms)
    rows = [
        row
        for row in table.ranges
        if row.package == package and version(row.since) <= version(cupy)
    ]
    if rows and not within(cuda, rows[-1].cuda):
        message = f"{package} {cupy} does not support CUDA {cuda}"
        fact = f"{package} from {rows[-1].since} on supports CUDA {rows[-1].cuda}"
        found += (no("cupy", message, fact, cite(table, rows[-1].source)),)
    return found


def cupy_architectures(facts: Facts, *, cupy: str, cuda: str, gpus: tuple[str, ...]) -> Reasons:
    """Require code in CuPy's wheel for every GPU of the fleet (its own kernels are compiled live).

    Source: what CuPy's build compiles for by default.
    """
    package = cupy_package(facts, cuda)
    if package is None or not gpus:
        return FINE
    rows = [
        row
        for row in facts.cupy.compiled
        if row.package == package and version(row.since) <= version(cupy)
    ]
    if not rows:
        message = f"it is not known which GPUs {package} {cupy} is compiled for"
        fact = "the architectures of this release were not read"
        return (unsure("cupy-architectures", message, fact, cite(facts.cupy, "gencode")),)
    return _uncovered(facts, f"{package} {cupy}", rows[-1], gpus)


def _uncovered(facts: Facts, name: str, row: CupyCompiled, gpus: tuple[str, ...]) -> Reasons:
    missing = [
        gpu for gpu in gpus if not runs_binary(gpu, row.sm) and not runs_ptx(gpu, row.ptx or ())
    ]
    if not missing:
        return FINE
    fact = f"{row.package} from {row.since} on is compiled for {', '.join(map(str, row.sm))}"
    source = cite(facts.cupy, row.source)
    # PTX that was not read could still reach a newer GPU, never an older one.
    lowest = min(divmod(sm, 10) for sm in row.sm)
    newer = [gpu for gpu in missing if divmod(int(gpu[3:]), 10) > lowest]
    if row.ptx is None and newer == missing:
        message = f"it is not known whether {name} reaches {', '.join(missing)} through PTX"
        return (unsure("cupy-architectures", message, fact, source),)
    message = f"{name} has no code for {', '.join(missing)}"
    return (no("cupy-architectures", message, fact, source),)


Supply = Literal["base", "torch", "loader", "ctk", "runtime wheel", "nothing", "unknown"]
"""Who brings what CuPy needs beside its wheel; loader: torch, and the loader must be told where."""


def _on_base(base: str, flavor: str | None) -> tuple[bool, bool]:
    """Return (libraries, headers) that an nvidia-cuda flavor brings; other bases bring neither."""
    kind = (flavor or "runtime").split("-")[-1] if base == "nvidia-cuda" else ""
    return kind in {"runtime", "devel"}, kind == "devel"


def headers_from(
    facts: Facts,
    *,
    cupy: str,
    cuda: str,
    base: str,
    flavor: str | None,
    torch: str | None,
) -> Supply:
    """Return who brings the CUDA headers that every kernel needs from CUDA 12.2 on.

    The order is the order of preference: what is there anyway, then the smallest addition.
    """
    headers = _on_base(base, flavor)[1]
    if headers or version(cuda) < version(facts.cupy.headers_from_cuda.cuda):
        return "base"
    if torch is not None and base != "ngc":
        return "torch"  # its requirement nvidia-cuda-runtime carries them
    if has_ctk(facts, cupy, cuda):
        return "ctk"
    return "runtime wheel" if release_of(cuda)[0] == 12 else "unknown"


def has_ctk(facts: Facts, cupy: str, cuda: str | None) -> bool:
    """Return True when a CuPy release has the [ctk] extra, which brings headers and libraries."""
    package = cupy_package(facts, cuda)
    release = release_in(facts.package(package).releases, cupy) if package else None
    return release is not None and release.ctk_extra


def libraries_from(
    facts: Facts,
    *,
    cupy: str,
    cuda: str,
    base: str,
    flavor: str | None,
    torch: str | None,
) -> Supply:
    """Return who brings the CUDA libraries: the base, torch's wheels, or CuPy's own extra."""
    if _on_base(base, flavor)[0]:
        return "base"
    ctk = has_ctk(facts, cupy, cuda)
    if torch is None:
        return "ctk" if ctk else "nothing"
    if version(torch) >= version(facts.cupy.torch_without_curand.torch):
        return "nothing"
    if version(cupy) >= version(facts.cupy.finds_wheels.cupy):
        return "torch"
    return "loader" if _requires_wheels(facts, torch, cuda) else "unknown"


def _requires_wheels(facts: Facts, torch: str, cuda: str) -> bool:
    """Return True when torch's METADATA is known to require NVIDIA's wheels: PyPI's variant does.

    Wheels of other variants may carry the libraries inside, as those for CUDA 11.8 did.
    """
    release = torch_release(facts, torch)
    return release is not None and release.pypi.variant == variant_of(cuda)


def cupy_libraries(
    facts: Facts,
    *,
    cupy: str,
    cuda: str,
    base: str,
    flavor: str | None,
    torch: str | None,
    packages: tuple[str, ...],
) -> Reasons:
    """Require somebody to bring the headers and libraries that CuPy needs beside its wheel.

    nvidia/cuda's runtime flavor has libraries and no headers, devel has both, base and plain
    distributions neither; torch's wheels bring both, without libcurand from 2.15 on. Source:
    cupy#8466 #9295 #8593 #9318; pip and uv resolutions and imports (measured).
    """
    if cupy_package(facts, cuda) is None or base == "ngc":
        return FINE
    table = facts.cupy
    asked = [text for text in packages if text.startswith("cupy-cuda") and "[ctk]" in text]
    if asked:
        return _conflict(facts, cupy, torch)
    found = FINE
    headers = headers_from(facts, cupy=cupy, cuda=cuda, base=base, flavor=flavor, torch=torch)
    libraries = libraries_from(facts, cupy=cupy, cuda=cuda, base=base, flavor=flavor, torch=torch)
    where = f"{base} {flavor or ''}".strip()
    if headers == "unknown":
        message = f"it is not known where CuPy {cupy} finds CUDA {cuda}'s headers on {where}"
        fact = f"from CUDA {table.headers_from_cuda.cuda} on every kernel needs them"
        source = cite(table, table.headers_from_cuda.source)
        found += (unsure("cupy-headers", message, fact, source),)
    if libraries == "unknown":
        message = f"it is not known whether CuPy {cupy} finds torch's CUDA libraries on {where}"
        fact = f"{table.finds_wheels.text}; a runtime flavor has them"
        found += (unsure("cupy-libraries", message, fact, cite(table, table.finds_wheels.source)),)
    if libraries == "nothing" and torch is not None and "nvidia-curand" not in packages:
        message = f"CuPy {cupy} finds no libcurand on {where} beside torch {torch}"
        gone = table.torch_without_curand
        fact = f"{gone.text}; a runtime flavor, or nvidia-curand among the packages, has it"
        found += (no("cupy-libraries", message, fact, cite(table, gone.source)),)
    if libraries == "nothing" and torch is None:
        message = f"CuPy {cupy} finds no CUDA libraries on {where}"
        fact = (
            "CuPy's [ctk] extra, which brings them, exists from v14 on; a runtime flavor has them"
        )
        found += (no("cupy-libraries", message, fact, cite(table, "metadata")),)
    return found


def _conflict(facts: Facts, cupy: str, torch: str | None) -> Reasons:
    if torch is None:
        return FINE
    return tuple(
        no("cupy", row.text, row.text, cite(facts.cupy, row.source))
        for row in facts.cupy.conflicts
        if version(row.cupy) == version(cupy) and version(row.torch) == version(torch)
    )
