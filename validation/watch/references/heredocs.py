r"""The heredocs that a Dockerfile's line opens: `<<EOF`, `<<-EOF`, `3<<"END OF FILE"`.

Pure; imports nothing. BuildKit splits the line with its shell lexer and looks at whole words: a
`<<` inside a word, in quotes, or in a line that its lexer refuses (an apostrophe in "it's") opens
none. The escape is always `\` here.
"""

import re

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501  (one set: Go's unicode.IsSpace)
"""What Go's `unicode.IsSpace` trims; Python's own set has four control characters more."""

_HEREDOC = re.compile(r"[0-9]*<<(-?)([^<]*)", re.ASCII)
_NAME = re.compile(r"\d+|[@*#?\-$!]|[^\W\d]\w*")
_MAX_NESTING = 20


class _Refused(Exception):
    """BuildKit's lexer gives up on the line."""


def heredoc_names(line: str) -> list[tuple[str, bool]]:
    """Return each heredoc's closing line, and whether leading tabs are cut from its content."""
    found = []
    try:
        words = _words(line)
    except _Refused:
        return []
    for word in words:
        match = _HEREDOC.fullmatch(word)
        if match is None:
            continue
        try:
            name = _unquoted(match[2])
        except _Refused:
            continue
        if name:
            found.append((name, bool(match[1])))
    return found


def _words(line: str) -> list[str]:
    """Return the line's words with their quotes and escapes."""
    words: list[str] = []
    word: list[str] = []
    at = 0
    while at < len(line):
        end = _token_end(line, at)
        token = line[at:end]
        if token in SPACE:
            if word:
                words.append("".join(word))
            word = []
        elif token.startswith("${") and any(mark.isspace() for mark in token):
            # The lexer splits what it puts in for a variable, even one that it leaves as it is.
            first, *middle, last = [*re.split(r"\s+", token)]
            words.extend(["".join([*word, first]), *middle])
            word = [last]
        else:
            word.append(token)
        at = end
    if word:
        words.append("".join(word))
    return words


def _token_end(line: str, at: int) -> int:
    mark = line[at]
    if mark == "'":
        return _closing(line, at)
    if mark == '"':
        return _double_end(line, at + 1)
    if mark == "\\":
        return min(at + 2, len(line))
    if mark == "$":
        return _dollar_end(line, at, 0)
    return at + 1


def _closing(line: str, at: int) -> int:
    end = line.find("'", at + 1)
    if end < 0:
        raise _Refused
    return end + 1


def _double_end(line: str, at: int, depth: int = 0) -> int:
    while at < len(line):
        if line[at] == '"':
            return at + 1
        if line[at] == "$":
            at = _dollar_end(line, at, depth)
        elif line[at] == "\\" and line[at + 1 : at + 2] in {'"', "$", "\\"}:
            at += 2
        else:
            at += 1
    raise _Refused


def _dollar_end(line: str, at: int, depth: int) -> int:
    """Return where `$`, `$NAME` or `${…}` ends."""
    if line[at + 1 : at + 2] != "{":
        match = _NAME.match(line, at + 1)
        return match.end() if match else at + 1
    if depth > _MAX_NESTING or line[at + 2 : at + 3] in {"", "{", "}", ":"}:
        raise _Refused
    match = _NAME.match(line, at + 2)
    at = match.end() if match else at + 2
    mark = line[at : at + 1]
    if mark == "}":
        return at + 1
    if mark == ":":
        at += 1
        mark = line[at : at + 1]
        if mark == "/":
            raise _Refused
    if mark in {"+", "-", "?", "#", "%"}:
        return _until(line, at + 1, "}", depth + 1)
    if mark == "/":
        at += 2 if line[at + 1 : at + 2] == "/" else 1
        return _until(line, _until(line, at, "/", depth + 1), "}", depth + 1)
    raise _Refused


def _until(line: str, at: int, stop: str, depth: int) -> int:
    while at < len(line):
        mark = line[at]
        if mark == stop:
            return at + 1
        if mark == '"':
            at = _double_end(line, at + 1, depth)
        elif mark == "$":
            at = _dollar_end(line, at, depth)
        else:
            at = _token_end(line, at)
    raise _Refused


def _unquoted(text: str) -> str:
    """Return a heredoc's name without quotes and escapes; empty if it is more than one word."""
    if len(_words(text)) != 1:
        return ""
    parts = []
    at = 0
    while at < len(text):
        end = _token_end(text, at)
        token = text[at:end]
        if token[0] == "'":
            token = token[1:-1]
        elif token[0] == '"':
            token = re.sub(r'\\(["$\\])', r"\1", token[1:-1])
        elif token[0] == "\\":
            token = token[1:]
        parts.append(token)
        at = end
    return "".join(parts)
