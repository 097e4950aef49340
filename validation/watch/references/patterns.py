r"""Shell patterns as `${NAME%pattern}` and `${NAME/pattern/text}` use them: `*` and `?`, no more.

Pure; imports nothing. Matched by keeping every length reached so far, so that time is the
pattern's length times the text's, whatever the pattern. BuildKit's shell lexer sets the rules: `\`
escapes `*`, `?` and itself; before `}` and `/` it is dropped; elsewhere it is an error.
"""


class BadPattern(ValueError):
    """An escape that BuildKit refuses."""


def trim_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """Return `value` without the shortest or longest prefix that the pattern matches."""
    ends = _ends(_tokens(pattern), value)
    if not ends:
        return value
    return value[max(ends) if longest else min(ends) :]


def trim_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """Return `value` without the shortest or longest suffix that the pattern matches."""
    ends = _ends(_tokens(pattern)[::-1], value[::-1])
    if not ends:
        return value
    return value[: len(value) - (max(ends) if longest else min(ends))]


def replace(value: str, pattern: str, text: str, *, everywhere: bool) -> str:
    """Return `value` with the first match, or all, replaced; a match is as long as can be."""
    tokens = _tokens(pattern)
    parts: list[str] = []
    at = 0
    while at <= len(value):
        ends = _ends(tokens, value[at:])
        if not ends:
            parts.append(value[at : at + 1])
            at += 1
            continue
        parts.append(text)
        if not everywhere:
            return "".join(parts) + value[at + max(ends) :]
        if max(ends) == 0:
            parts.append(value[at : at + 1])
        at += max(ends) or 1
    return "".join(parts)


def _tokens(pattern: str) -> list[str]:
    """Return the pattern's parts: "*" and "?" are wild, a doubled character stands for itself."""
    tokens: list[str] = []
    characters = iter(range(len(pattern)))
    for at in characters:
        mark = pattern[at]
        if mark in "*?":
            tokens.append(mark)
        elif mark != "\\":
            tokens.append(mark * 2)
        elif pattern[at + 1 : at + 2] in {"}", "/"}:
            continue
        else:
            escaped = pattern[at + 1 : at + 2]
            if escaped not in {"*", "?", "\\"}:
                raise BadPattern(f"invalid escape '\\{escaped}'")
            tokens.append(escaped * 2)
            next(characters)
    return tokens


def _ends(tokens: list[str], value: str) -> set[int]:
    """Return the lengths of all prefixes of `value` that the tokens match."""
    reached = {0}
    for token in tokens:
        if token == "*":  # noqa: S105  (a wildcard, not a password)
            reached = set(range(min(reached), len(value) + 1))
        else:
            wild = token == "?"  # noqa: S105  (as above)
            reached = {
                at + 1 for at in reached if at < len(value) and (wild or value[at] == token[0])
            }
        if not reached:
            break
    return reached
