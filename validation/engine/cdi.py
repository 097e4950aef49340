"""A CDI specification of this machine's NVIDIA GPUs, for an engine without NVIDIA's own toolkit.

Imports model and process. The Container Device Interface says in a file what a container needs
for a device: https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md. NVIDIA's
Container Toolkit writes such a file; where it is not installed, this does, for the two driver
capabilities that training needs (compute, utility). Graphics, MIG slices and IMEX channels are
left to it.
"""

import json
import os
import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from validation.model import Record
from validation.process import Runner

KIND = "nvidia.com/gpu"

# The driver's libraries of the capabilities "utility" and "compute":
# https://github.com/NVIDIA/libnvidia-container/blob/main/src/nvc_info.c
_LIBRARIES = (
    "libnvidia-ml", "libnvidia-cfg",
    "libcuda", "libcudadebugger", "libnvidia-opencl", "libnvidia-gpucomp",
    "libnvidia-ptxjitcompiler", "libnvidia-allocator", "libnvidia-compiler",
    "libnvidia-nvvm", "libnvidia-nvvm70", "libnvidia-pkcs11", "libnvidia-pkcs11-openssl3",
)  # fmt: skip
_PROGRAMS = ("nvidia-smi",)
_SHARED_NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
# Where loaders look without being told, of Debian's and Red Hat's kind. An image's own
# LD_LIBRARY_PATH stays as it is: CDI could only replace it.
_FOLDERS = (f"/usr/lib/{platform.machine()}-linux-gnu", "/usr/lib64")
_MOUNT_OPTIONS = ("ro", "nosuid", "nodev", "bind")


class Driver(Record, frozen=True, kw_only=True):
    """This machine's NVIDIA driver: its version, device nodes, and files as {name: real path}.

    `gpus` are the numbers of /dev/nvidia<number>.
    """

    version: str
    gpus: tuple[int, ...]
    nodes: tuple[Path, ...]
    libraries: dict[str, Path]
    programs: dict[str, Path]


def _folders(search: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders that hold a driver's libcuda.so.1: not a toolkit's stub of it."""
    for folder in dict.fromkeys(search):
        if (folder / "libcuda.so.1").exists():
            yield folder


def _version_in(folder: Path) -> str:
    """Return the driver's version as the real file's name says it, such as 580.95.05."""
    return (folder / "libcuda.so.1").resolve().name.partition(".so.")[2]


def _kernel_version(proc: Path) -> str:
    """Return the version of the loaded kernel module, or an empty string where it does not tell."""
    try:
        told = (proc / "driver/nvidia/version").read_text()
    except OSError:
        return ""
    found = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", told)
    return found[1] if found else ""


def _libraries(folder: Path) -> dict[str, Path]:
    found = {}
    for path in sorted(folder.glob("lib*.so.*")):
        if path.name.partition(".so.")[0] in _LIBRARIES and path.is_file():
            found[path.name] = path.resolve()
    return found


def library_folders(ldconfig: str, variable: str | None) -> tuple[Path, ...]:
    """Return where this machine's loader finds libcuda: LD_LIBRARY_PATH, its cache, its defaults.

    `ldconfig` is what `ldconfig -p` printed.
    """
    named = [Path(word) for word in (variable or "").split(os.pathsep) if word]
    cached = re.findall(r"libcuda\.so\.1 .*=> (\S+)", ldconfig)
    return (*named, *(Path(path).parent for path in cached), *map(Path, _FOLDERS))


def find_driver(
    search: Sequence[Path], path: str, *, dev: Path = Path("/dev"), proc: Path = Path("/proc")
) -> Driver | None:
    """Return this machine's NVIDIA driver, or None without device nodes or libcuda.so.1.

    `search` are folders of libraries, `path` is PATH. Where several folders hold a libcuda, the
    one of the loaded kernel module's version is taken: the others are for forward compatibility.
    """
    gpus = sorted(
        int(found[1])
        for node in dev.glob("nvidia*")
        if (found := re.fullmatch(r"nvidia(\d+)", node.name))
    )
    folders = tuple(_folders(search))
    if not gpus or not folders:
        return None
    loaded = _kernel_version(proc)
    folder = next((one for one in folders if _version_in(one) == loaded), folders[0])
    places = [Path(word) for word in path.split(os.pathsep) if word]
    programs = {
        name: (place / name).resolve()
        for name in _PROGRAMS
        for place in reversed(places)
        if os.access(place / name, os.X_OK)
    }
    return Driver(
        version=_version_in(folder),
        gpus=tuple(gpus),
        nodes=tuple(dev / name for name in _SHARED_NODES if (dev / name).exists()),
        libraries=_libraries(folder),
        programs=programs,
    )


def this_driver(run: Runner) -> Driver | None:
    """Return the driver of the machine that this process runs on, or None."""
    ldconfig = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
    cache = run([ldconfig, "-p"], check=False).stdout if ldconfig else ""
    folders = library_folders(cache, os.environ.get("LD_LIBRARY_PATH"))
    return find_driver(folders, os.environ.get("PATH", os.defpath))


def _mount(host: Path, container: str) -> dict[str, object]:
    return {"hostPath": str(host), "containerPath": container, "options": list(_MOUNT_OPTIONS)}


def render_spec(driver: Driver, dev: Path = Path("/dev")) -> str:
    """Return the specification: one device a GPU, and `all`."""
    gpus = {str(number): [{"path": str(dev / f"nvidia{number}")}] for number in driver.gpus}
    gpus["all"] = [node for nodes in list(gpus.values()) for node in nodes]
    mounts = [
        _mount(path, f"{folder}/{name}")
        for folder in _FOLDERS
        for name, path in driver.libraries.items()
    ]
    mounts += [_mount(path, f"/usr/bin/{name}") for name, path in driver.programs.items()]
    spec = {
        "cdiVersion": "0.5.0",
        "kind": KIND,
        "devices": [
            {"name": name, "containerEdits": {"deviceNodes": nodes}} for name, nodes in gpus.items()
        ],
        "containerEdits": {
            "deviceNodes": [{"path": str(node)} for node in driver.nodes],
            "mounts": mounts,
        },
    }
    return json.dumps(spec, indent=2) + "\n"
