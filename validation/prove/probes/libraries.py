"""Prints which shared libraries the installed wheels need and cannot find.

For every ELF file under the given folder (default: this Python's site-packages) each DT_NEEDED
is looked up the way ld.so(8) does: RPATH, LD_LIBRARY_PATH, RUNPATH, then the system's folders.
Files are read, never loaded: no compiler, no ldd, no import. Runs inside images: standard library
only.

Prints {"scanned": files read, "missing": [{"library", "needed_by", "elsewhere"}]}; `elsewhere` is
a place under the folder that has the library although the loader does not look there, or null.
"""

import json
import os
import struct
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 5, 14, 15, 29


class NotElf(ValueError):
    """The file is not a 64-bit little-endian ELF object, the only kind our images hold."""


@dataclass
class Elf:
    """What the loader needs to know of one file: ELF(5), `man 5 elf`."""

    machine: int
    needed: list[str] = field(default_factory=list)
    soname: str = ""
    rpath: str = ""
    runpath: str = ""


@dataclass
class Segment:
    """One program header: its kind, and where it lies in the file and in memory."""

    kind: int
    offset: int
    address: int
    size: int


def read_elf(path: Path) -> Elf:
    """Return what one ELF file asks of the loader; raises `NotElf` or `OSError`."""
    with path.open("rb") as file:
        header = file.read(64)
        if len(header) < 64 or header[:6] != b"\x7fELF\x02\x01":
            raise NotElf(str(path))
        elf = Elf(machine=struct.unpack_from("<H", header, 18)[0])
        segments = _segments(file, header)
        entries = _dynamic_entries(file, segments)
        strings = [value for tag, value in entries if tag == DT_STRTAB]
        if strings:
            _name(elf, file, _file_offset(strings[0], segments), entries)
        return elf


def _segments(file: IO[bytes], header: bytes) -> list[Segment]:
    offset = struct.unpack_from("<Q", header, 32)[0]
    size, number = struct.unpack_from("<HH", header, 54)
    file.seek(offset)
    table = file.read(size * number)
    rows = [struct.unpack_from("<IIQQQQQQ", table, at * size) for at in range(number)]
    return [Segment(kind=row[0], offset=row[2], address=row[3], size=row[5]) for row in rows]


def _dynamic_entries(file: IO[bytes], segments: list[Segment]) -> list[tuple[int, int]]:
    for segment in segments:
        if segment.kind == PT_DYNAMIC:
            file.seek(segment.offset)
            raw = file.read(segment.size)
            pairs = [struct.unpack_from("<qQ", raw, at) for at in range(0, len(raw) - 15, 16)]
            ends = [at for at, (tag, _) in enumerate(pairs) if tag == 0]
            return [(tag, value) for tag, value in pairs[: ends[0] if ends else None]]
    return []


def _file_offset(address: int, segments: list[Segment]) -> int:
    """Return where in the file a virtual address lies."""
    for segment in segments:
        if segment.kind == PT_LOAD and 0 <= address - segment.address < segment.size:
            return address - segment.address + segment.offset
    raise NotElf(f"no segment holds address {address:#x}")


def _name(elf: Elf, file: IO[bytes], strings: int, entries: list[tuple[int, int]]) -> None:
    for tag, value in entries:
        if tag == DT_NEEDED:
            elf.needed.append(_string(file, strings + value))
        elif tag == DT_SONAME:
            elf.soname = _string(file, strings + value)
        elif tag == DT_RPATH:
            elf.rpath = _string(file, strings + value)
        elif tag == DT_RUNPATH:
            elf.runpath = _string(file, strings + value)


def _string(file: IO[bytes], offset: int) -> str:
    file.seek(offset)
    text = b""
    while b"\0" not in text:
        chunk = file.read(256)
        if not chunk:
            break
        text += chunk
    return text.split(b"\0", 1)[0].decode(errors="replace")


def configured_folders(conf: Path) -> list[str]:
    """Return the folders that an ld.so.conf names, its includes followed."""
    folders: list[str] = []
    for line in conf.read_text().splitlines() if conf.is_file() else []:
        words = line.split("#")[0].split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                # An absolute pattern replaces the folder that it is joined to.
                path = str(conf.parent / pattern).lstrip("/")
                for file in sorted(Path("/").glob(path)):
                    folders += configured_folders(file)
        else:
            folders += words
    return folders


def system_folders() -> list[str]:
    """Return the folders that ld.so searches by itself: those of ld.so.conf, then the built-in."""
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    builtin = [f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib64", "/usr/lib64", "/lib", "/usr/lib"]
    return [*configured_folders(Path("/etc/ld.so.conf")), *builtin]


def _places(text: str, origin: str) -> list[str]:
    words = [word for word in text.split(":") if word]
    return [word.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for word in words]


def resolves(library: str, elf: Elf, origin: str, system: list[str]) -> bool:
    """Return True when the loader would find `library` for an object that lies in `origin`.

    A file of another machine is passed over, as ld.so does. RPATH counts only without RUNPATH.
    """
    if "/" in library:
        return Path(library).exists()
    environment = _places(os.environ.get("LD_LIBRARY_PATH", ""), origin)
    before = [] if elf.runpath else _places(elf.rpath, origin)
    for folder in [*before, *environment, *_places(elf.runpath, origin), *system]:
        try:
            if read_elf(Path(folder, library)).machine == elf.machine:
                return True
        except (OSError, NotElf):
            continue
    return False


def elf_files(top: Path) -> dict[Path, Elf]:
    """Return every shared library and every program under `top`; links are left out."""
    found: dict[Path, Elf] = {}
    for folder, _folders, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() or not (".so" in name or os.access(path, os.X_OK)):
                continue
            try:
                found[path] = read_elf(path)
            except (NotElf, OSError):
                continue
    return found


def scan(top: Path) -> dict[str, object]:
    """Return what is printed, for every ELF file under `top`."""
    files, system = elf_files(top), system_folders()
    at = {name: path for path, elf in files.items() for name in (path.name, elf.soname)}
    missing: list[dict[str, str | None]] = []
    for path, elf in sorted(files.items()):
        for library in elf.needed:
            if not resolves(library, elf, str(path.resolve().parent), system):
                other = at.get(library)
                missing.append(
                    {
                        "library": library,
                        "needed_by": str(path.relative_to(top)),
                        "elsewhere": str(other.relative_to(top)) if other else None,
                    }
                )
    return {"scanned": len(files), "missing": missing}


if __name__ == "__main__":
    print(
        json.dumps(scan(Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("platlib"))))
    )
