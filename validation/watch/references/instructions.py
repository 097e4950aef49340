"""A Dockerfile's text → its instructions, with every line they stand in, heredocs and directives.

Pure; imports heredocs. The grammar is that of BuildKit's own parser
(`frontend/dockerfile/parser`), and the tests hold this reader against it, instruction by
instruction, on generated and hand-written files. BuildKit's is not called here, because
its Python package gives a whole file up at its first error, tells neither directives nor ONBUILD's
flags, joins continued lines so that what stands in them has no line any more, and takes about four
times as long (bench/references.py). Where BuildKit refuses a file, this reader notes a fault and
reads on.
"""

import bisect
import itertools
import json
import re

import msgspec

from validation.watch.references.heredocs import SPACE, heredoc_names

MAX_WORDS = 2_000
"""Most words that are read of one ARG or ENV."""

_ASCII_SPACE = "\t\n\v\f\r "
_BREAK = re.compile(r"[\t\v\f\r ]+")
_PLAIN_FLAG = re.compile(r"[^\t\n\v\f\r '\"\\]++(?=[\t\n\v\f\r ]|\Z)")
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_JSON = json.JSONDecoder()
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


class Directive(msgspec.Struct, frozen=True):
    """A parser directive (`# name=value`) of the file's first lines."""

    name: str
    value: str
    line: int


class Heredoc(msgspec.Struct, frozen=True):
    """A heredoc's content; `line` is where the content begins."""

    name: str
    content: str
    line: int


class Instruction(msgspec.Struct, frozen=True):
    """One instruction: `keyword` in upper case, `flags` (--name=value) and the rest as `text`.

    `whole` is all of it with continued lines joined; `starts` are the offsets in it where a line
    of the file begins, and `numbers` those lines.
    """

    keyword: str
    flags: tuple[str, ...]
    text: str
    whole: str
    line: int
    end_line: int
    starts: tuple[int, ...]
    numbers: tuple[int, ...]
    heredocs: tuple[Heredoc, ...] = ()
    onbuild: bool = False

    def line_of(self, offset: int) -> int:
        """Return the file's line in which an offset of `whole` stands."""
        return self.numbers[max(bisect.bisect_right(self.starts, offset) - 1, 0)]

    def line_at(self, text: str) -> int:
        """Return the line in which `text` first stands in the instruction, else its first."""
        if len(self.numbers) == 1:
            return self.line
        return self.line_of(max(self.whole.find(text), 0))


class Dockerfile(msgspec.Struct, frozen=True):
    """All instructions in order; `faults` are (line, message) for what BuildKit would refuse."""

    instructions: tuple[Instruction, ...]
    directives: tuple[Directive, ...]
    escape: str
    faults: tuple[tuple[int, str], ...]


def read_instructions(text: str) -> Dockerfile:
    """Return a Dockerfile taken apart. Never fails: what cannot be read is among the faults."""
    lines = text.removeprefix("\ufeff").split("\n")
    if not lines[-1]:
        lines.pop()
    faults: list[tuple[int, str]] = []
    directives = _directives(lines, faults)
    escape = next((found.value for found in directives if found.name == "escape"), "\\")
    reader = _Reader(lines, escape, faults)
    return Dockerfile(tuple(reader.instructions()), directives, escape, tuple(faults))


def split_plain(text: str) -> list[str]:
    """Return words split at spaces, quotes or not, as BuildKit splits FROM's."""
    return _BREAK.split(text)


def split_words(text: str, escape: str) -> list[str]:
    """Return words split at spaces outside of quotes; quotes and escapes are kept."""
    if '"' not in text and "'" not in text and escape not in text:
        return text.split(maxsplit=MAX_WORDS)[:MAX_WORDS]
    words = (match[0] for match in itertools.islice(_WORD[escape].finditer(text), MAX_WORDS))
    return [word for word in words if word != escape]


def _word_pattern(escape: str) -> re.Pattern[str]:
    """Return the pattern of a word: plain, escaped and quoted characters. No alternative overlaps.

    A quote that is not closed runs to the end, as in BuildKit.
    """
    mark = re.escape(escape)
    plain = rf"[^\s'\"{mark}]"
    double = rf'"(?:[^"{mark}]|{mark}(?s:.))*+(?:"|{mark}?\Z)'
    return re.compile(rf"(?:{plain}|{mark}(?s:.)|{mark}\Z|'[^']*+(?:'|\Z)|{double})++")


_WORD = {escape: _word_pattern(escape) for escape in ("\\", "`")}


def _directives(lines: list[str], faults: list[tuple[int, str]]) -> tuple[Directive, ...]:
    found: dict[str, Directive] = {}
    shebang = bool(lines) and lines[0].startswith("#!")
    for at, line in enumerate(itertools.islice(lines, shebang, None), start=1 + shebang):
        comment = line.lstrip(SPACE)
        match = _DIRECTIVE.match(comment[1:].lstrip(SPACE)) if comment.startswith("#") else None
        name = match[1].lower() if match else ""
        if match is None or name not in _DIRECTIVES:
            break
        if name in found:
            faults.append((at, f"a second {name} directive"))
            break
        if name == "escape" and match[2] not in {"\\", "`"}:
            faults.append((at, f"escape directive {match[2]!r} is neither \\ nor `"))
            break
        # After a shebang BuildKit looks for a syntax only.
        if not shebang or name == "syntax":
            found[name] = Directive(name, match[2], at)
    return tuple(found.values())


class _Reader:
    """Goes through the lines once; `_at` counts those taken."""

    def __init__(self, lines: list[str], escape: str, faults: list[tuple[int, str]]) -> None:
        self._lines = lines
        self._escape = escape
        self._faults = faults
        self._at = 0

    def instructions(self) -> list[Instruction]:
        found = []
        lines, total, escape = self._lines, len(self._lines), self._escape
        while self._at < total:
            line = lines[self._at].lstrip(SPACE)
            self._at += 1
            if not line or line[0] == "#":
                continue
            start = self._at
            body = line.rstrip("\r\n")
            if escape in body and (joined := self._continued(body)) is not None:
                found.append(self._instruction(*joined, start))
            else:
                found.append(self._instruction(body, (0,), (start,), start))
        return found

    def _continued(self, line: str) -> tuple[str, tuple[int, ...], tuple[int, ...]] | None:
        """Return a continued line joined with those after it, or None if it is not continued."""
        body = self._cut(line)
        if body is None:
            return None
        parts, starts, numbers = [body], [0], [self._at]
        length = len(body)
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip("\r\n")
            self._at += 1
            bare = line.lstrip(SPACE)
            if not bare or bare[0] == "#":
                continue
            body = self._cut(line)
            starts.append(length)
            numbers.append(self._at)
            parts.append(line if body is None else body)
            length += len(parts[-1])
            if body is None:
                break
        return "".join(parts), tuple(starts), tuple(numbers)

    def _cut(self, line: str) -> str | None:
        """Return a line without its continuation mark, or None; a doubled mark continues not."""
        bare = line.rstrip(" \t")
        if not bare.endswith(self._escape) or bare.endswith(self._escape * 2):
            return None
        return bare[:-1]

    def _instruction(
        self, whole: str, starts: tuple[int, ...], numbers: tuple[int, ...], start: int
    ) -> Instruction:
        keyword, text = _split_keyword(whole)
        onbuild = keyword == "ONBUILD"
        if onbuild:
            text = _split_flags(text)[1] if text.startswith("--") else text
            keyword, text = _split_keyword(text)
        flags: tuple[str, ...] = ()
        if text.startswith("--"):
            flags, text = _split_flags(text)
        text = text.strip(SPACE)
        heredocs: tuple[Heredoc, ...] = ()
        if "<<" in text and keyword in _WITH_HEREDOC and json_form(text) is None:
            heredocs = self._heredocs(whole)
        return Instruction(
            keyword, flags, text, whole, start, self._at, starts, numbers, heredocs, onbuild
        )

    def _heredocs(self, whole: str) -> tuple[Heredoc, ...]:
        found = []
        for name, tabs_cut in heredoc_names(whole):
            start = self._at + 1
            content: list[str] = []
            while self._at < len(self._lines):
                line = self._lines[self._at]
                line = line.lstrip("\t") if tabs_cut else line
                self._at += 1
                if line.rstrip("\r\n") == name:
                    break
                content.append(line)
            else:
                self._faults.append((start - 1, f"heredoc {name!r} is not closed"))
                break
            found.append(Heredoc(name, "\n".join(content), start))
        return tuple(found)


def json_form(text: str) -> list[str] | None:
    """Return the words of an instruction in JSON form, or None; what follows the list is passed.

    (Go's decoder stops after the first value.)
    """
    if not text.startswith("["):
        return None
    try:
        words, _ = _JSON.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return words if all(isinstance(word, str) for word in words) else None


def _split_keyword(line: str) -> tuple[str, str]:
    parts = _BREAK.split(line.strip(SPACE), maxsplit=1)
    return parts[0].upper(), parts[1] if len(parts) == 2 else ""


def _split_flags(text: str) -> tuple[tuple[str, ...], str]:
    r"""Return leading words that begin with `--`, unquoted, and the rest; `--` alone ends them.

    The escape here is `\`, whatever the directive says, and a quote may stand within a word.
    """
    flags = []
    at = 0
    while text.startswith("--", at):
        flag, at = _flag(text, at)
        if flag == "--":
            break
        flags.append(flag)
        while at < len(text) and text[at] in _ASCII_SPACE:
            at += 1
    return tuple(flags), text[at:]


def _flag(text: str, at: int) -> tuple[str, int]:
    plain = _PLAIN_FLAG.match(text, at)
    if plain is not None:
        return plain[0], plain.end()
    parts: list[str] = []
    quote = ""
    while at < len(text):
        mark = text[at]
        at += 1
        if mark == "\\":
            parts.append(text[at : at + 1])
            at += 1
        elif quote:
            if mark == quote:
                quote = ""
            else:
                parts.append(mark)
        elif mark in _ASCII_SPACE:
            break
        elif mark in "'\"":
            quote = mark
        else:
            parts.append(mark)
    return "".join(parts), at
