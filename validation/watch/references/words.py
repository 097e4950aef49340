r"""Words with `$NAME`, `${NAME:-default}` and quotes → text, and which variables it hangs on.

Pure; imports patterns and records. Two grammars share it: BuildKit's shell lexer
(`frontend/dockerfile/shell`, with quotes and the escape character) and compose's interpolation
(no quotes, `$$` for a dollar). What is unset and has no default is named as missing; a builder
would put nothing in its place, and the reference would be another.
"""

import re
from collections.abc import Callable
from itertools import islice

from validation.watch.nouns import Given
from validation.watch.references.patterns import BadPattern, replace, trim_prefix, trim_suffix
from validation.watch.references.records import Scope, Value

MAX_NESTING = 20
"""Deepest `${A:-${B:-…}}` that is followed."""

MAX_WORD = 64 * 1024
"""Longest word that is read; BuildKit refuses longer lines (bufio.MaxScanTokenSize)."""

MAX_TEXT = 1_024
"""Longest text that variables may make of a word: four times the longest image reference.

Doubling (`A=$B$B`, `B=$C$C` …) ends here, and so does what patterns are matched against.
"""

MAX_ORIGINS = 16
"""Most variables that are named as missing, or as origins, of one text."""

_FAULT = "not readable: "
_PLAIN_NAME = re.compile(r"\d+|[^\W\d]\w*")
_NAME = re.compile(r"\d+|[^\W\d]\w*|[@*#?\-$!]")
_PLAIN = re.compile(r"""[^$'"\\`}/]+""")  # what means nothing in either grammar, nor ends a part


class _Refused(Exception):
    """The builder would refuse the word; says why."""


def expand(text: str, scope: Scope, escape: str = "\\") -> Value:
    """Return a Dockerfile's word, quotes taken off and variables put in."""
    if "$" not in text and '"' not in text and "'" not in text and escape not in text:
        return Value(text)
    return _Word(text, scope, escape=escape, quotes=True).value()


def interpolate(text: str, scope: Scope, longest: int = MAX_TEXT) -> Value:
    """Return a compose file's text with its variables put in; `$$` is a dollar.

    `longest` is the most characters that it may come to.
    """
    if "$" not in text:
        return Value(text)
    return _Word(text, scope, escape="", quotes=False, longest=longest).value()


class _Word:
    """One pass over a word; `missing` and `given` are collected on the way."""

    def __init__(
        self, text: str, scope: Scope, *, escape: str, quotes: bool, longest: int = MAX_TEXT
    ) -> None:
        self._text = text
        self._longest = longest
        self._scope = scope
        self._escape = escape
        self._quotes = quotes
        self._at = 0
        self._depth = 0
        self._missing: dict[str, None] = {}
        self._given: dict[Given, None] = {}

    def value(self) -> Value:
        text = fault = ""
        try:
            text = self._whole()
        except (_Refused, BadPattern) as error:
            fault = f"{_FAULT}{error}"
        missing = tuple(islice(self._missing, MAX_ORIGINS))
        return Value(text, missing, tuple(islice(self._given, MAX_ORIGINS)), fault)

    def _whole(self) -> str:
        if len(self._text) > max(MAX_WORD, self._longest):
            raise _Refused(f"longer than {MAX_WORD:,} characters")
        text = self._until("", raw=False)
        if len(text) > self._longest:
            raise _Refused(f"comes to more than {self._longest:,} characters")
        return text

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        found = self._text[self._at : self._at + 1]
        self._at += 1
        return found

    def _until(self, stop: str, *, raw: bool) -> str:
        """Return the text up to `stop`, or the end; `raw` keeps escapes, as patterns need."""
        parts: list[str] = []
        while mark := self._peek():
            plain = _PLAIN.match(self._text, self._at)
            if plain is not None:
                parts.append(plain[0])
                self._at = plain.end()
            elif mark == stop:
                self._at += 1
                return "".join(parts)
            elif mark == "$":
                parts.append(self._dollar())
            elif self._quotes and mark == "'":
                parts.append(self._single())
            elif self._quotes and mark == '"':
                parts.append(self._double())
            elif mark == self._escape:
                self._at += 1
                parts.append((mark if raw else "") + self._next())
            else:
                parts.append(self._next())
        if stop:
            raise _Refused(f"missing '{stop}'")
        return "".join(parts)

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            raise _Refused("a quote ' that is not closed")
        found = self._text[self._at + 1 : end]
        self._at = end + 1
        return found

    def _double(self) -> str:
        parts: list[str] = []
        self._at += 1
        while mark := self._peek():
            if mark == '"':
                self._at += 1
                return "".join(parts)
            if mark == "$":
                parts.append(self._dollar())
                continue
            self._at += 1
            if mark == self._escape and self._peek() in {'"', "$", self._escape}:
                mark = self._next()
            parts.append(mark)
        raise _Refused('a quote " that is not closed')

    def _dollar(self) -> str:
        self._at += 1
        if not self._quotes and self._peek() == "$":
            self._at += 1
            return "$"
        if self._peek() != "{":
            name = self._name()
            return self._take(name) if name else "$"
        self._at += 1
        if self._peek() in {"", "{", "}", ":"}:
            raise _Refused("bad substitution")
        name = self._name()
        mark = self._next()
        if mark == "}":
            return self._take(name)
        empty_is_unset = mark == ":"
        mark = self._next() if empty_is_unset else mark
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise _Refused(f"nested deeper than {MAX_NESTING}")
        found = self._modified(name, mark, empty_is_unset=empty_is_unset)
        self._depth -= 1
        return found

    def _modified(self, name: str, mark: str, *, empty_is_unset: bool) -> str:
        if mark in {"-", "+", "?"}:
            return self._default(name, mark, empty_is_unset=empty_is_unset)
        if self._quotes and mark in {"#", "%"}:
            pattern = self._until("}", raw=True)[:MAX_TEXT]
            longest = pattern.startswith(mark)
            trim = trim_prefix if mark == "#" else trim_suffix
            return self._changed(name, lambda text: trim(text, pattern[longest:], longest=longest))
        if self._quotes and mark == "/" and not empty_is_unset:
            everywhere = self._peek() == "/"
            self._at += everywhere
            pattern = self._until("/", raw=True)[:MAX_TEXT]
            text = self._until("}", raw=True)
            return self._changed(
                name, lambda value: replace(value, pattern, text, everywhere=everywhere)
            )
        raise _Refused(f"unsupported modifier ({':' * empty_is_unset}{mark}) in substitution")

    def _default(self, name: str, mark: str, *, empty_is_unset: bool) -> str:
        before = self._missing.copy(), self._given.copy()
        word = self._until("}", raw=False)
        of_word, self._missing, self._given = (self._missing, self._given), *before
        value = self._scope.get(name)
        if value is not None and (value.missing or value.fault):
            return self._take(name)
        is_set = value is not None and not (empty_is_unset and not value.text)
        if mark == "?" or (mark == "-" and is_set):
            if not is_set:
                self._missing[name] = None
            return self._take(name)
        if value is not None:
            self._given.update(dict.fromkeys(value.given))
        if mark == "+" and not is_set:
            return ""
        self._missing, self._given = {**of_word[0], **self._missing}, {
            **of_word[1], **self._given
        }  # fmt: skip
        if mark == "-":
            self._given[Given(name=name, value=word, how=f"default in ${{{name}:-}}")] = None
        return word

    def _changed(self, name: str, change: Callable[[str], str]) -> str:
        value = self._take(name)
        return change(value[:MAX_TEXT]) if value else value

    def _take(self, name: str) -> str:
        """Return a variable's text; notes where it comes from, or that it is missing."""
        value = self._scope.get(name)
        if value is None:
            self._missing[name] = None
            return ""
        self._given.update(dict.fromkeys(value.given))
        self._missing.update(dict.fromkeys(value.missing))
        if value.fault:
            raise _Refused(value.fault.removeprefix(_FAULT))
        return value.text

    def _name(self) -> str:
        """Return the name that begins here: letters, digits, `_`; or a special parameter."""
        match = (_NAME if self._quotes else _PLAIN_NAME).match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]
