"""Files in and out of containers, as the tar archives that the engine's API speaks.

Imports files only.
"""

import io
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, cast

from validation.files import atomic_file

USER = 1000
"""uid and gid of the images' user."""


class _ChunkReader(io.RawIOBase):
    """Chunks of bytes as a file that can only be read forward."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; return how many bytes that were, 0 at the end."""
        target = memoryview(cast("bytearray", buffer))
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def open_chunks(chunks: Iterable[bytes]) -> IO[bytes]:
    """Return chunks of bytes as a file that can only be read forward."""
    return io.BufferedReader(_ChunkReader(chunks), buffer_size=1 << 20)


def pack(files: Sequence[Path], folder: str) -> bytes:
    """Return files as a tar of one folder, all of it owned by the images' user."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        top = tarfile.TarInfo(folder)
        top.type, top.mode, top.uid, top.gid = tarfile.DIRTYPE, 0o755, USER, USER
        archive.addfile(top)
        for file in files:
            member = tarfile.TarInfo(f"{folder}/{file.name}")
            member.size, member.uid, member.gid = file.stat().st_size, USER, USER
            with file.open("rb") as content:
                archive.addfile(member, content)
    return buffer.getvalue()


def unpack(chunks: Iterable[bytes], to: Path) -> tuple[Path, ...]:
    """Write the regular files of a tar into the folder `to`, flat; return where they lie.

    A container's archive is not to be trusted: names are cut to their last part, and links,
    devices and folders are left out.
    """
    written: list[Path] = []
    with tarfile.open(fileobj=open_chunks(chunks), mode="r|*") as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or name in {"", ".", ".."}:
                continue
            with atomic_file(to / name) as file:
                shutil.copyfileobj(content, file)
            written.append(to / name)
    return tuple(written)
