"""Where a file inside a stage comes from: COPY, ADD and bind mounts → paths of the build context.

Pure; imports instructions, records and words. Only what is plainly written counts: other stages'
files, patterns and unknown variables lead nowhere.
"""

import posixpath
from collections.abc import Iterator

import msgspec

from validation.watch.references.instructions import Instruction, json_form, split_words
from validation.watch.references.records import Scope
from validation.watch.references.words import expand

MAX_COPIES = 200
"""Most copied paths that a stage and those that it continues know of; the last ones count."""


class Files(msgspec.Struct, frozen=True):
    """What a stage has from its build context: its working directory, and (target, source) pairs.

    Targets are absolute paths in the image, sources paths of the context ("" for all of it).
    """

    folder: str = "/"
    copied: tuple[tuple[str, str], ...] = ()

    def sources_of(self, path: str) -> Iterator[str]:
        """Yield the context's paths that a path in the image may come from, the latest first."""
        wanted = self.at(path)
        for target, source in reversed(self.copied):
            if wanted == target:
                yield source
            elif wanted.startswith(target.rstrip("/") + "/"):
                yield posixpath.join(source, wanted[len(target.rstrip("/")) + 1 :])

    def at(self, path: str) -> str:
        """Return an absolute path in the image."""
        return posixpath.normpath(posixpath.join(self.folder, path))

    def after(self, instruction: Instruction, scope: Scope, escape: str) -> "Files":
        """Return what is there after an instruction: WORKDIR, COPY or ADD."""
        if instruction.keyword == "WORKDIR":
            to = expand(instruction.text, scope, escape)
            return Files(self.at(to.text), self.copied) if to.known else self
        if any(flag.startswith("--from=") for flag in instruction.flags):
            return self
        words = json_form(instruction.text) or split_words(instruction.text, escape)
        values = [expand(word, scope, escape) for word in words]
        if len(values) < 2 or not values[-1].known:
            return self
        *sources, target = (value.text for value in values)
        named = [self._pair(source, target, several=len(sources) > 1) for source in sources]
        return self._with(pair for pair in named if pair is not None)

    def mounted(self, instruction: Instruction) -> "Files":
        """Return what a RUN sees: bind mounts of the context beside what is there."""
        pairs = []
        for flag in instruction.flags:
            if not flag.startswith("--mount=") or "type=bind" not in flag or "from=" in flag:
                continue
            fields = dict(
                field.strip().partition("=")[::2]
                for field in flag.removeprefix("--mount=").split(",")
            )
            target = fields.get("target") or fields.get("dst") or fields.get("destination")
            source = fields.get("source") or fields.get("src") or ""
            if target:
                pairs.append((self.at(target), _inside(source)))
        return self._with(iter(pairs)) if pairs else self

    def _with(self, pairs: Iterator[tuple[str, str]]) -> "Files":
        return Files(self.folder, (*self.copied, *pairs)[-MAX_COPIES:])

    def _pair(self, source: str, target: str, *, several: bool) -> tuple[str, str] | None:
        """Return where a source comes to lie; that it is a folder shows in its spelling only.

        A file's name is kept below a target that ends in "/" or is "."; a folder's content is not.
        """
        if not source or "://" in source or any(mark in source for mark in "*?["):
            return None
        inside = _inside(source)
        name = posixpath.basename(inside)
        is_file = "." in name.lstrip(".") and not source.endswith("/")
        below = several or target.endswith("/") or posixpath.basename(target) in {".", ".."}
        joined = posixpath.join(target, name) if is_file and below else target
        return self.at(joined), inside


def _inside(source: str) -> str:
    """Return a source as a path below the context's root, which no ".." leaves."""
    return posixpath.normpath(posixpath.join("/", source)).lstrip("/")
