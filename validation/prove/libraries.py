"""Which missing shared libraries are all right, and why.

Pure; imports model only. The probe `probes/libraries.py` finds what is missing.
"""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from validation.model import Record


class Missing(Record, frozen=True, kw_only=True):
    """A library that the loader would not find: who needs it, and where else it lies, if anywhere.

    Paths are relative to site-packages.
    """

    library: str
    needed_by: str
    elsewhere: str | None = None

    def __str__(self) -> str:
        """Return "A needs B …", for a person."""
        off = f", and does not look in {self.elsewhere}" if self.elsewhere else ""
        return f"{self.needed_by} needs {self.library}{off}"


class Allowed(Record, frozen=True, kw_only=True):
    """A library that may be missing: globs for its name and for who needs it, and the reason.

    An entry is in force only in images for its `device` (None: any) that have its `package` (a
    glob; None: any) installed; elsewhere it can allow nothing. With `installed` the
    library must lie among the wheels, where only the loader does not look.
    """

    library: str
    needed_by: str
    because: str
    device: Literal["cpu", "cuda"] | None = None
    package: str | None = None
    installed: bool = False


class Judgement(Record, frozen=True, kw_only=True):
    """What is missing without leave, and the entries that allowed something or nothing."""

    unresolved: tuple[Missing, ...]
    used: tuple[Allowed, ...]
    unused: tuple[Allowed, ...]


ALLOWED = (
    *(
        Allowed(
            library=library,
            needed_by="torch/bin/test_*",
            package="torch",
            because="a test program of torch's own that its wheel ships without a search path; "
            "nothing starts it (seen in 2.13.0)",
        )
        for library in ("libtorch.so", "libtorch_cpu.so", "libc10.so")
    ),
    Allowed(
        library="libcuda.so.1",
        needed_by="*",
        device="cuda",
        because="the driver's own library: it belongs to the host and is mounted into the "
        "container by the NVIDIA Container Toolkit or CDI",
    ),
    Allowed(
        library="libibverbs.so.1",
        needed_by="nvidia/*",
        device="cuda",
        because="RDMA is optional: cuFile and NVSHMEM load it only on hosts with InfiniBand",
    ),
    Allowed(
        library="librdmacm.so.1",
        needed_by="nvidia/*",
        device="cuda",
        because="RDMA is optional: cuFile's rdma plug-in is loaded only on hosts with InfiniBand",
    ),
    Allowed(
        library="libmlx5.so.1",
        needed_by="nvidia/*",
        device="cuda",
        because="RDMA is optional: loaded only on hosts with Mellanox adapters",
    ),
    *(
        Allowed(
            library=library,
            needed_by=f"nvidia/nvshmem/lib/nvshmem_{plugin}.so.*",
            device="cuda",
            package="nvidia-nvshmem-cu*",
            because="NVSHMEM's plug-ins for MPI, PMIx, libfabric and UCX: each is loaded where a "
            "program asks for it, which torch does not",
        )
        for library, plugin in (
            ("libmpi.so.40", "bootstrap_mpi"),
            ("libpmix.so.2", "bootstrap_pmix"),
            ("liboshmem.so.40", "bootstrap_shmem"),
            ("libfabric.so.1", "transport_libfabric"),
            ("libucs.so.0", "transport_ucx"),
            ("libucp.so.0", "transport_ucx"),
        )
    ),
    Allowed(
        library="libcufile.so.0",
        needed_by="nvidia/*/libcufile_rdma.so.*",
        device="cuda",
        package="nvidia-cufile",
        installed=True,
        because="cuFile's rdma plug-in: it is cuFile that loads it, and so is there by then",
    ),
    Allowed(
        library="lib*.so.*",
        needed_by="nvidia/*/libcusolverMg.so.*",
        device="cuda",
        package="nvidia-cusolver",
        installed=True,
        because="cuSOLVER's library for several GPUs: its wheel gives it no search path, and "
        "neither torch nor CuPy uses it",
    ),
    Allowed(
        library="libtriton.so",
        needed_by="triton/plugins/*",
        package="triton",
        installed=True,
        because="plug-ins of Triton's compiler: they are loaded into it (seen in 3.8)",
    ),
    Allowed(
        library="libcudnn.so.8",
        needed_by="cupy_backends/cuda/libs/cudnn.*",
        device="cuda",
        package="cupy-cuda12x",
        because="an option of CuPy before 14, which knows cuDNN 8 only; torch brings cuDNN 9",
    ),
    *(
        Allowed(
            library=library,
            needed_by="cupy_backends/cuda/libs/cutensor.*",
            device="cuda",
            package=package,
            because="an option of CuPy: cuTENSOR speeds up contractions where somebody installs it",
        )
        for library, package in (
            ("libcutensor.so.2", "cupy-cuda*"),
            ("libcutensorMg.so.2", "cupy-cuda13x"),
        )
    ),
    *(
        Allowed(
            library=library,
            needed_by="cupy*",
            device="cuda",
            package="cuda-pathfinder",
            installed=True,
            because="CuPy from 14 on loads it from its wheel by cuda-pathfinder, before the loader "
            "is asked: cupy.finds_its_libraries proves it",
        )
        for library in ("libcu*.so.*", "libnccl.so.2", "libnvrtc.so.*")
    ),
)
"""The shortest list that the wheels of the shipped matrix need. Each entry weakens the proof."""


def judge(
    missing: Sequence[Missing],
    device: str,
    installed: Collection[str],
    allowed: Sequence[Allowed] = ALLOWED,
) -> Judgement:
    """Return what is missing without leave in an image for `device` ("cpu" or "cuda").

    `installed` are the names of its packages. An entry that is not in force does not count as
    unused either.
    """
    here = [
        entry
        for entry in allowed
        if entry.device in {None, device} and _has(installed, entry.package)
    ]
    used: list[Allowed] = []
    unresolved: list[Missing] = []
    for item in missing:
        entry = next((one for one in here if _allows(one, item)), None)
        if entry is None:
            unresolved.append(item)
        elif entry not in used:
            used.append(entry)
    return Judgement(
        unresolved=tuple(unresolved),
        used=tuple(used),
        unused=tuple(entry for entry in here if entry not in used),
    )


def _allows(entry: Allowed, item: Missing) -> bool:
    names = fnmatchcase(item.library, entry.library) and fnmatchcase(
        item.needed_by, entry.needed_by
    )
    return names and (item.elsewhere is not None or not entry.installed)


def _has(installed: Collection[str], package: str | None) -> bool:
    return package is None or any(fnmatchcase(name, package) for name in installed)
