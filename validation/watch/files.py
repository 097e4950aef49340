"""The only way into a scanned repository: finds files in it and reads them, within bounds.

Imports ignore, nouns and the standard library. Nothing is executed; nothing outside the root is
opened: symbolic links are never followed while walking, and a file that another file names is
opened only when its real path lies inside. Whatever is left out because of a bound is a problem.

Left out by rule, without a word: `SKIPPED_FOLDERS`, virtual environments (a folder with
pyvenv.cfg), and what the repository's own .gitignore and .imagewrightignore files rule out. A path
that a person names is read even so.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from validation.errors import BadInput
from validation.model import Record
from validation.watch.ignore import Rule, ignored, read_rules
from validation.watch.nouns import Place

SKIPPED_FOLDERS = frozenset({
    ".git", ".hg", ".svn", ".jj",
    "node_modules", "bower_components", "vendor", "site-packages", "dist-packages",
    ".venv", "venv", ".tox", ".nox", ".direnv", ".terraform", ".eggs",
    "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".cache", ".hypothesis",
})  # fmt: skip
"""Folders that hold other people's files, or none that a person wrote."""

IGNORE_FILES = (".gitignore", ".imagewrightignore")
"""Files of patterns that rule paths out, the last word last: what is in git and is still nobody's
base, such as examples, stands in the second."""


KEPT_BYTES = 32 * 1024 * 1024
"""So many bytes of texts are kept once they were read; what comes after is read again."""


class Bounds(Record, frozen=True, kw_only=True):
    """How much is read before the rest is left out, and said to be.

    The largest hand-written Dockerfiles, compose files and manifests have a few thousand lines;
    the defaults are an order of magnitude above. `expansions` bounds what one matrix may come to,
    `references` what one file may.
    """

    file_bytes: int = 1024 * 1024
    file_lines: int = 50_000
    total_bytes: int = 256 * 1024 * 1024
    files: int = 20_000
    entries: int = 500_000
    depth: int = 40
    nodes: int = 200_000
    expansions: int = 1_000
    references: int = 10_000


class Problem(Record, frozen=True, kw_only=True):
    """Something that was not read, or not wholly, and why: the scan says less than it could."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.message}"


class Folder:
    """A scanned repository: `root`, the bounds, and the problems met so far.

    Paths in and out are relative to the root, POSIX style, "" for the root itself.
    """

    def __init__(self, root: Path, bounds: Bounds | None = None) -> None:
        self.root = Path(os.path.realpath(root))
        if not self.root.is_dir():
            raise BadInput(f"not a folder: {root}", hint="name the repository's folder")
        self.bounds = bounds or Bounds()
        self.problems: list[Problem] = []
        self._prefix = str(self.root).rstrip("/") + "/"
        self._walked: set[str] = set()
        self._texts: dict[str, str] = {}
        self._there: dict[str, bool] = {}
        self._entries = 0
        self._bytes = 0

    def problem(self, file: str, message: str, line: int = 1) -> None:
        """Note that something was left out."""
        self.problems.append(Problem(place=Place(file=file, line=line), message=message))

    def relative(self, path: str | Path) -> str:
        """Return a person's path relative to the root, symbolic links resolved.

        Raises `BadInput` for a path that is not there or lies outside.
        """
        real = os.path.realpath(self.root / path)
        inside = self._inside(real)
        if inside is None:
            raise BadInput(f"outside of {self.root}: {path}", hint="name a path inside the root")
        if not os.path.lexists(real):
            raise BadInput(f"no such file or folder: {path}", hint="check its spelling")
        return inside

    def beside(self, file: str, name: str) -> str | None:
        """Return what `name` means in `file`, or None when that leaves the repository."""
        joined = PurePosixPath(file).parent / name
        if joined.is_absolute() or "\0" in name:
            return None
        return self._inside(os.path.normpath(self.root / joined))

    def walk(self, paths: Sequence[str], wanted: Callable[[str], bool]) -> Iterator[str]:
        """Yield the files under `paths` whose path `wanted` accepts, each once, in a fixed order.

        A path that is a file is always yielded.
        """
        seen: set[str] = set()
        for path in paths:
            found = self._files_under(path, wanted) if (self.root / path).is_dir() else [path]
            for file in found:
                if file not in seen:
                    if len(seen) >= self.bounds.files:
                        message = f"more than {self.bounds.files:,} files; the rest is not read"
                        self.problem(file, message)
                        return
                    seen.add(file)
                    yield file

    def read(self, path: str) -> str | None:
        """Return a file's text, or None with a problem noted; None alone when it is not there.

        Bytes that are not UTF-8 become U+FFFD. Texts are kept, as far as `KEPT_BYTES` go: several
        steps of a scan ask for the same ones, and have to see the same.
        """
        text = self._texts.get(path)
        if text is None:
            text = self._decoded(path)
            if text is not None and self._bytes <= KEPT_BYTES:
                self._texts[path] = text
        return text

    def _decoded(self, path: str) -> str | None:
        # A walk enters no link, so that what it found lies inside; others may lead anywhere.
        known = path in self._walked
        real = f"{self._prefix}{path}" if known else os.path.realpath(self.root / path)
        if not known and self._inside(real) is None:
            self.problem(path, "a symbolic link that leaves the repository; not followed")
            return None
        try:
            data = self._bounded(real, path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem(path, f"not readable: {error.strerror or error}")
            return None
        if data is None:
            return None
        if data.count(b"\n") > self.bounds.file_lines:
            self.problem(path, f"more than {self.bounds.file_lines:,} lines; not read")
            return None
        return data.decode("utf-8", "replace")

    def exists(self, path: str) -> bool:
        """Return whether `path` is a file inside the root; many builds ask for the same one."""
        known = self._there.get(path)
        if known is None:
            real = os.path.realpath(self.root / path)
            known = self._there[path] = self._inside(real) is not None and Path(real).is_file()
        return known

    def _bounded(self, real: str, path: str) -> bytes | None:
        # Not blocking: a pipe that the repository's owner left would never end.
        handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                self.problem(path, "not a plain file; not read")
                return None
            if found.st_size > self.bounds.file_bytes:
                size = f"{found.st_size:,} bytes; the limit is {self.bounds.file_bytes:,}"
                self.problem(path, f"{size}; not read")
                return None
            if self._bytes + found.st_size > self.bounds.total_bytes:
                self.problem(path, f"more than {self.bounds.total_bytes:,} bytes read; left out")
                return None
            data = os.read(handle, found.st_size + 1) if found.st_size else b""
        finally:
            os.close(handle)
        self._bytes += len(data)
        return data

    def _inside(self, real: str) -> str | None:
        if real == str(self.root):
            return ""
        return real[len(self._prefix) :] if real.startswith(self._prefix) else None

    def _files_under(self, top: str, wanted: Callable[[str], bool]) -> Iterator[str]:
        """Yield accepted files below a folder, depth first, names in order; a stack, not calls."""
        stack: list[tuple[str, tuple[Rule, ...]]] = [(top, self._rules_above(top))]
        while stack:
            folder, above = stack.pop()
            entries = self._listed(folder)
            names = {entry.name for entry in entries}
            if folder != top and "pyvenv.cfg" in names:
                continue
            rules = above + self._rules(folder) if names & set(IGNORE_FILES) else above
            below = []
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED_FOLDERS and not ignored(
                        path, rules, is_folder=True
                    ):
                        below.append((path, rules))
                elif wanted(path) and not ignored(path, rules, is_folder=False):
                    yield from self._plain(entry, path)
            stack.extend(reversed(below))

    def _plain(self, entry: os.DirEntry[str], path: str) -> Iterable[str]:
        """Return the entry's path unless it is a link; what a link inside points to is found."""
        if not entry.is_symlink():
            self._walked.add(path)
            return [path]
        if self._inside(os.path.realpath(entry.path)) is None:
            self.problem(path, "a symbolic link that leaves the repository; not followed")
        return []

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        if folder.count("/") >= self.bounds.depth:
            self.problem(folder, f"folders nested deeper than {self.bounds.depth}; not entered")
            return []
        entries: list[os.DirEntry[str]] = []
        try:
            with os.scandir(self.root / folder) as listing:
                for entry in listing:
                    self._entries += 1
                    if self._entries > self.bounds.entries:
                        message = f"more than {self.bounds.entries:,} files and folders"
                        self.problem(folder, f"{message}; the rest is not looked at")
                        break
                    entries.append(entry)
        except OSError as error:
            self.problem(folder, f"not readable: {error.strerror or error}")
        return sorted(entries, key=lambda entry: entry.name)

    def _rules_above(self, top: str) -> tuple[Rule, ...]:
        """Return the rules of the ignore files from the root down to above `top`."""
        rules: tuple[Rule, ...] = ()
        parts = top.split("/") if top else []
        for depth in range(len(parts)):
            rules += self._rules("/".join(parts[:depth]))
        return rules

    def _rules(self, folder: str) -> tuple[Rule, ...]:
        rules: tuple[Rule, ...] = ()
        for name in IGNORE_FILES:
            text = self.read(f"{folder}/{name}" if folder else name)
            rules += read_rules(text, folder) if text else ()
        return rules
