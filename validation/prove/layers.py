"""Reads an image the way an attacker does: layer by layer, files that later layers hide included.

Imports model and prove.archive; the bytes of `docker save` are passed in. Nothing is unpacked to
disk and no more than one small file is held at a time.
"""

import posixpath
import tarfile
from collections.abc import Callable, Collection, Generator, Iterable
from fnmatch import fnmatchcase
from typing import IO

from validation.model import Record
from validation.prove.archive import open_chunks

LARGEST_TEXT = 65536
"""Bytes; a larger file is not a hand-written setting, and is not kept."""

NAMES = frozenset({
    ".condarc", ".curlrc", ".env", ".git-credentials", ".gitconfig", ".netrc", ".npmrc", ".pypirc",
    ".wgetrc", "auth.conf", "auth.toml", "config.json", "credentials", "curlrc", "direct_url.json",
    "environment", "gitconfig", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa", "netrc", "pip.conf",
    "sources.list", "uv.toml", "wgetrc",
})  # fmt: skip
"""Files that tools read addresses, credentials and TLS settings from, wherever they lie."""

ROOMS = (
    "etc/", "home/", "opt/imagewright/", "root/", "run/", "srv/", "tmp/", "var/lib/imagewright/",
    "var/log/", "var/tmp/",
)  # fmt: skip
"""Where every small text file is looked at, whatever its name."""

CACHES = (
    "root/.cache/*", "home/*/.cache/*", "var/cache/apt/*.bin", "var/cache/apt/archives/*.deb",
    "var/lib/apt/lists/*", "var/cache/pip/*", "*/pip/cache/*", "tmp/*", "var/tmp/*",
)  # fmt: skip
"""What package managers and builds leave behind (fnmatch: `*` crosses folders)."""

_PLACEHOLDERS = {"lock", "partial", "auxfiles", ".wh..wh..opq"}


class Remains(Record, frozen=True, kw_only=True):
    """What the layers hold that may tell on the build: small texts by path, and cached files."""

    texts: dict[str, tuple[str, ...]]
    caches: tuple[str, ...]
    files: int
    layers: int
    """How many layers were read to their end; one that cannot be read is not among them."""


def is_cache(path: str) -> bool:
    """Return True for a file that only a package manager or a build can want."""
    return posixpath.basename(path) not in _PLACEHOLDERS and any(
        fnmatchcase(path, pattern) for pattern in CACHES
    )


def is_setting(path: str) -> bool:
    """Return True for a file whose text may hold an address, a credential or a TLS setting."""
    return path.startswith(ROOMS) or posixpath.basename(path) in NAMES


def unread(remains: Remains, digests: Collection[str]) -> str:
    """Return why `remains` tells too little of an image with these layers, "" where it tells all.

    `digests` are RootFS.Layers. Layers that are the same are saved once.
    """
    wanted = len(set(digests))
    if remains.layers >= wanted:
        return ""
    return (
        f"{remains.layers} of {wanted} layers could be read: "
        "the others are no tar, or packed in a way that this Python does not know, such as zstd"
    )


def _text(raw: bytes) -> str | None:
    return None if b"\0" in raw else raw.decode(errors="replace")


def _members(
    file: IO[bytes],
) -> Generator[tuple[tarfile.TarFile, tarfile.TarInfo], None, bool]:
    """Yield the regular files of a tar; return False where `file` is none (the image's JSON)."""
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            for member in archive:
                if member.isfile():
                    yield archive, member
    except tarfile.ReadError:
        return False
    return True


class Finder:
    """Looks at files one by one and keeps what `Remains` tells."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}
        self._caches: set[str] = set()
        self._files = 0
        self._layers = 0

    def end_layer(self) -> None:
        """Count a layer, all of whose files have been taken."""
        self._layers += 1

    def look(self, name: str, size: int, read: Callable[[], bytes]) -> None:
        """Take one regular file of a layer; `read` is called where its text may tell something."""
        self._files += 1
        path = posixpath.normpath(name).lstrip("/")
        if is_cache(path) and size:
            self._caches.add("/" + path)
        if is_setting(path) and 0 < size <= LARGEST_TEXT:
            text = _text(read())
            if text is not None:
                self._texts.setdefault("/" + path, set()).add(text)

    def remains(self) -> Remains:
        """Return what was found."""
        return Remains(
            texts={path: tuple(sorted(found)) for path, found in sorted(self._texts.items())},
            caches=tuple(sorted(self._caches)),
            files=self._files,
            layers=self._layers,
        )


def read_layers(chunks: Iterable[bytes]) -> Remains:
    """Return what an image's layers hold; `chunks` are the bytes that `docker save` writes."""
    finder = Finder()
    outer = open_chunks(chunks)
    for image, blob in _members(outer):
        layer = image.extractfile(blob)
        if layer and _look_through(layer, finder):
            finder.end_layer()
    return finder.remains()


def _look_through(layer: IO[bytes], finder: Finder) -> bool:
    """Hand a layer's files to `finder`; return whether it could be read."""
    members = _members(layer)
    while True:
        try:
            archive, member = next(members)
        except StopIteration as end:
            return bool(end.value)
        inner = archive.extractfile(member)
        finder.look(member.name, member.size, inner.read if inner else bytes)
