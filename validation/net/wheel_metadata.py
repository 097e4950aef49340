"""METADATA read out of a wheel that stays where it is: the zip's end, then one member.

Imports net.web, refresh.readings and errors. A wheel of two gigabytes costs a few requests of
half a megabyte (RFC 9110, "Range Requests"); a server without ranges gives nothing.
"""

import io
import re
import zipfile

from validation.net.answers import Refused
from validation.net.web import MEGABYTE, Web
from validation.refresh.readings import ProjectFile

_BLOCK = 512 * 1024
_MOST = 8 * MEGABYTE
"""Bytes that one wheel may cost; torch's directory of 15,000 files has 2 MB."""


class _NoRanges(Exception):
    """The server does not serve ranges of this file, or it would cost too much."""


class _RemoteFile(io.RawIOBase):
    """A file on a server, read by ranges; `zipfile` sees an ordinary seekable file."""

    def __init__(self, web: Web, url: str) -> None:
        super().__init__()
        self._web, self._url = web, url
        self._at = self._spent = 0
        self._size, tail = self._range(f"-{_BLOCK}")
        self._blocks = {self._size - len(tail): tail}

    def _range(self, wanted: str) -> tuple[int, bytes]:
        """Return the whole file's size and the bytes of one range."""
        if self._spent >= _MOST:
            raise _NoRanges
        headers = {"Range": f"bytes={wanted}", "Accept-Encoding": "identity"}
        answer = self._web.get(self._url, headers=headers, limit=_BLOCK, also={206})
        of = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("content-range", ""))
        if answer.status == 206 and of:
            self._spent += len(answer.body)
            return int(of[1]), answer.body
        if answer.status == 200:  # a server without ranges, and a file that fits
            return len(answer.body), answer.body
        raise _NoRanges

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # the io module hands over a buffer
        if self._at >= self._size or not view:
            return 0
        block = self._holding(self._at)
        part = block[: len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _holding(self, at: int) -> bytes:
        """Return bytes that begin at `at`, asking for the block that it is in if need be."""
        for start, block in self._blocks.items():
            if start <= at < start + len(block):
                return block[at - start :]
        start = at - at % _BLOCK
        self._blocks[start] = self._range(f"{start}-{min(start + _BLOCK, self._size) - 1}")[1]
        if not start <= at < start + len(self._blocks[start]):
            raise _NoRanges
        return self._blocks[start][at - start :]


def metadata_in_wheel(web: Web, file: ProjectFile) -> str | None:
    """Return the text of a wheel's METADATA, None where ranges do not lead to it."""
    try:
        with (
            io.BufferedReader(_RemoteFile(web, file.url), _BLOCK) as remote,
            zipfile.ZipFile(remote) as wheel,
        ):
            names = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
            top = [name for name in names if name.count("/") == 1]
            if len(top) != 1 or wheel.getinfo(top[0]).file_size > 4 * MEGABYTE:
                return None
            return wheel.read(top[0]).decode("utf-8", errors="replace")
    except (Refused, _NoRanges, zipfile.BadZipFile, NotImplementedError):
        return None
