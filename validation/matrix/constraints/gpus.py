"""GPUs: what is compiled into the wheels covers every GPU of the fleet.

Pure; imports facts and model only.
"""

from collections.abc import Iterable

from validation.facts.load import Facts, cite
from validation.facts.questions import PYPI_PLATFORM, torch_release
from validation.facts.versions import release_of
from validation.matrix.constraints.base import ngc_release
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure
from validation.matrix.constraints.torch import variant_for


def capability(gpu: str) -> tuple[int, int]:
    """Return major and minor of a compute capability: sm_90 → (9, 0), sm_121 → (12, 1)."""
    return divmod(int(gpu.removeprefix("sm_")), 10)


def runs_binary(gpu: str, compiled: Iterable[int]) -> bool:
    """Return True when a cubin runs on `gpu`: the same major, a minor no higher than the GPU's.

    Source: CUDA C++ Programming Guide, "Binary Compatibility".
    """
    major, minor = capability(gpu)
    return any(major == sm // 10 and minor >= sm % 10 for sm in compiled)


def runs_ptx(gpu: str, ptx: Iterable[int]) -> bool:
    """Return True when PTX runs on `gpu`: of the same or a lower compute capability.

    Source: CUDA C++ Programming Guide, "PTX Compatibility".
    """
    return any(capability(gpu) >= divmod(virtual, 10) for virtual in ptx)


def _torch_code(facts: Facts, torch: str, cuda: str) -> tuple[tuple[int, ...], bool, str] | None:
    """Return (compiled capabilities, PTX of the highest?, source id), or None: not known."""
    release = torch_release(facts, torch)
    found = release.variants.get(variant_for(cuda)) if release else None
    if found is None or found.sm is None:
        return None
    return found.sm, found.ptx, found.source


def gpus_on_ptx(facts: Facts, torch: str, cuda: str, gpus: tuple[str, ...]) -> tuple[str, ...]:
    """Return the GPUs that the wheel reaches through PTX only."""
    code = _torch_code(facts, torch, cuda)
    if code is None:
        return ()
    sm, ptx, _ = code
    virtual = (max(sm),) if ptx else ()
    return tuple(gpu for gpu in gpus if not runs_binary(gpu, sm) and runs_ptx(gpu, virtual))


def _names(sm: Iterable[int]) -> str:
    return ", ".join(f"sm_{number}" for number in sm)


def architectures(
    facts: Facts,
    *,
    torch: str,
    cuda: str,
    gpus: tuple[str, ...],
    platforms: tuple[str, ...],
    base: str,
) -> Reasons:
    """Require code in the torch wheel for every GPU of the fleet.

    Binaries run within a compute capability's major, PTX runs forward. Source: the wheels' own
    architecture lists; CUDA C++ Programming Guide.
    """
    if not gpus:
        return FINE
    if base == "ngc":
        return _of_ngc(facts, torch, cuda, gpus)
    code = _torch_code(facts, torch, cuda)
    if code is None:
        return FINE  # no such wheel is known: `wheel` says so
    sm, ptx, source_id = code
    source = cite(facts.torch, source_id)
    fact = f"torch {torch}+{variant_for(cuda)} is compiled for {_names(sm)}"
    fact += f" and PTX {max(sm)}" if ptx else ""
    reached = set(gpus_on_ptx(facts, torch, cuda, gpus))
    missing = [gpu for gpu in gpus if not runs_binary(gpu, sm) and gpu not in reached]
    found = FINE
    if missing:
        message = f"torch {torch}+{variant_for(cuda)} has no code for {', '.join(missing)}"
        found += (no("architectures", message, fact, source),)
    if any(platform != PYPI_PLATFORM for platform in platforms):
        message = f"it is not known what torch {torch} is compiled for beyond {PYPI_PLATFORM}"
        found += (unsure("architectures", message, fact, source),)
    return found


def _of_ngc(facts: Facts, torch: str, cuda: str, gpus: tuple[str, ...]) -> Reasons:
    """Ask the NGC image's own list: TORCH_CUDA_ARCH_LIST of its environment."""
    found = ngc_release(facts, cuda, torch)
    if found is None:
        return FINE  # no such image is known: `ngc` says so
    release, image = found
    if image.sm is None:
        message = f"it is not known which GPUs the torch of NGC {release} is compiled for"
        fact = "its TORCH_CUDA_ARCH_LIST was not read"
        return (unsure("architectures", message, fact, cite(facts.ngc, image.source)),)
    ptx = (max(image.sm),) if image.ptx else ()
    missing = [gpu for gpu in gpus if not runs_binary(gpu, image.sm) and not runs_ptx(gpu, ptx)]
    if not missing:
        return FINE
    message = f"the torch of NGC {release} has no code for {', '.join(missing)}"
    fact = f"it is compiled for {_names(image.sm)}{f' and PTX {max(image.sm)}' if ptx else ''}"
    return (no("architectures", message, fact, cite(facts.ngc, image.source)),)


def toolkit_gpus(facts: Facts, *, cuda: str, gpus: tuple[str, ...]) -> Reasons:
    """Require of the CUDA toolkit that it still knows every GPU of the fleet.

    CUDA 12 dropped Kepler, CUDA 13 Maxwell, Pascal and Volta: their libraries have no code for
    them and their drivers end. Source: NVIDIA's driver architecture matrix, CMake's table.
    """
    table, found = facts.gpus, FINE
    for gpu in gpus:
        known = table.gpus.get(gpu)
        if known is None:
            message = f"it is not known which CUDA supports {gpu}"
            fact = f"known: {', '.join(table.gpus)}"
            found += (unsure("toolkit-gpus", message, fact, cite(table, "cmake")),)
        elif known.until_cuda_major and release_of(cuda)[0] > known.until_cuda_major:
            message = f"CUDA {cuda} does not support {gpu} ({known.name})"
            fact = f"{known.name} is supported up to CUDA {known.until_cuda_major}"
            fact += f" and driver {known.last_driver}" if known.last_driver else ""
            found += (no("toolkit-gpus", message, fact, cite(table, known.source)),)
    return found
