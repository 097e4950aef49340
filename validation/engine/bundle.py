"""An engine in one file, for a host that reaches no package archive: written here, unpacked there.

Imports layout, programs, process, files and errors. The file is a tar archive compressed by xz
that holds what a private engine needs of its programs, the libraries they use but for the C
library's, and a manifest. It serves hosts of the same processor whose C library is no older.
"""

import io
import lzma
import platform
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from validation.engine.layout import Layout, program_in
from validation.engine.programs import Programs, adopt_programs, plugin
from validation.errors import BadInput, WorldFailed
from validation.files import atomic_file
from validation.process import Runner

_SERVERS = ("dockerd", "containerd", "containerd-shim-runc-v2", "runc", "docker-init")
_MANIFEST = "manifest.json"
# Compose would add 64 MB, and building and proving do without it.
_LEFT_OUT = "docker-compose"
# Parts of glibc, which must be the host's own: https://sourceware.org/glibc/
_C_LIBRARY = re.compile(r"(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|resolv|nsl|util))\.so\.\d+$")
_LDD = re.compile(r"^\s*(\S+) => (/\S+) \(0x", re.MULTILINE)
# Machine code packs a tenth smaller behind the filter for its branches: xz(1), --x86.
_BRANCHES = {"x86_64": lzma.FILTER_X86, "aarch64": None}
_DICTIONARY_BYTES = 1 << 26
# What an honest bundle unpacks to, several times over: 275 MB seen.
_UNPACKED_LIMIT = 2_000_000_000


def _libraries(programs: list[Path], run: Runner) -> dict[str, Path]:
    """Return {name: file} of the shared libraries that `programs` use, but for the C library."""
    found: dict[str, Path] = {}
    for path in programs:
        told = run(
            ["ldd", path], check=False
        ).stdout  # fails for a static program, which needs none
        found |= {
            name: Path(file) for name, file in _LDD.findall(told) if not _C_LIBRARY.match(name)
        }
    return found


def _members(layout: Layout, run: Runner) -> dict[str, Path]:
    """Return {name in the bundle: file here}; raises `WorldFailed` without buildx."""
    buildx = plugin(layout, "docker-buildx")
    if buildx is None:
        raise WorldFailed(
            "the private engine's programs have no buildx", hint="engine down, then up"
        )
    programs = [program_in(layout.programs, name) for name in (*_SERVERS, "docker")]
    files = [*(path.resolve() for path in programs if path.exists()), buildx]
    members = {str(path.relative_to(layout.programs)): path for path in programs if path.exists()}
    members[str(buildx.relative_to(layout.programs))] = buildx
    libraries = _libraries(files, run)
    return members | {f"lib/{name}": path for name, path in sorted(libraries.items())}


def _filters(level: int) -> list[dict[str, int]]:
    branches = _BRANCHES.get(platform.machine())
    preset = level | (lzma.PRESET_EXTREME if level == 9 else 0)
    packing = {"id": lzma.FILTER_LZMA2, "preset": preset}
    if level == 9:
        packing["dict_size"] = _DICTIONARY_BYTES
    return [*([{"id": branches}] if branches is not None else []), packing]


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out of a member what differs from machine to machine: owner, group, time."""
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def write_bundle(
    layout: Layout, programs: Programs, out: Path, *, level: int, run: Runner
) -> tuple[int, int]:
    """Write the bundle of unpacked `programs` to `out`, whole or not at all.

    `level` is xz's, 0 to 9; 9 takes minutes of one core. Returns (bytes written, bytes packed).
    """
    packages = {n: v for n, v in programs.packages.items() if not n.startswith(_LEFT_OUT)}
    inside = Programs(packages=packages, engine=True, machine=platform.machine())
    manifest = msgspec.json.encode(inside)
    members = _members(layout, run)
    with (
        atomic_file(out) as file,
        lzma.open(file, "wb", filters=_filters(level)) as packed,
        tarfile.open(fileobj=packed, mode="w", dereference=True) as archive,
    ):
        told = tarfile.TarInfo(_MANIFEST)
        told.size = len(manifest)
        archive.addfile(told, io.BytesIO(manifest))
        for name, path in members.items():
            archive.add(path, name, filter=_plain)
    return out.stat().st_size, sum(path.stat().st_size for path in members.values())


def _unpack(bundle: Path, into: Path) -> Programs:
    """Unpack into an empty folder; raises `BadInput` for a file that is not a whole bundle."""
    try:
        with tarfile.open(bundle, "r:xz") as archive:
            first = archive.next()
            if first is None or first.name != _MANIFEST:
                raise BadInput(f"{bundle} is not a bundle of `imagewright engine bundle`")
            told = archive.extractfile(first)
            programs = msgspec.json.decode(told.read() if told else b"", type=Programs)
            size = 0
            for member in archive:
                size += member.size
                if size > _UNPACKED_LIMIT:
                    raise BadInput(f"{bundle} unpacks to more than {_UNPACKED_LIMIT // 10**9} GB")
                archive.extract(member, into, filter="data")
    except (lzma.LZMAError, tarfile.TarError, EOFError, msgspec.DecodeError) as error:
        raise BadInput(
            f"{bundle} is not a whole bundle: {error}",
            hint="copy it again, and compare its checksum with the original's",
        ) from error
    except OSError as error:
        raise WorldFailed(f"cannot unpack {bundle}: {error.strerror or error}") from error
    return programs


def install_bundle(
    layout: Layout, bundle: Path, *, run: Runner, report: Callable[[str], None]
) -> Programs:
    """Make the bundle's programs the private engine's. The caller holds the engine's lock.

    Raises `BadInput` for a file that is no whole bundle or is for another processor, and
    `WorldFailed` when its programs do not run here.
    """
    part = layout.home / "programs.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    programs = _unpack(bundle, part)
    if programs.machine != platform.machine():
        raise BadInput(f"{bundle} is for {programs.machine}, this host is {platform.machine()}")
    names = " ".join(f"{name} {version}" for name, version in programs.packages.items())
    report(f"from {bundle}: {names}")
    return adopt_programs(layout, part, programs, run=run)
