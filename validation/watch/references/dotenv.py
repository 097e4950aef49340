"""A .env file's text → variables, as compose reads them.

Pure; imports nouns, records and words. Rules: compose's "env_file format": `export` is allowed,
single quotes are literal, ` #` begins a comment, and later lines may use earlier ones.
"""

import re
from collections import ChainMap

from validation.watch.nouns import Given, Place
from validation.watch.references.records import Scope, Source, Value
from validation.watch.references.words import interpolate

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)", re.ASCII)


def read_environment(source: Source, outer: Scope) -> dict[str, Value]:
    """Return the variables of a .env file; those of `outer` win, as a shell's do."""
    outer = dict(outer)
    scope: dict[str, Value] = {}
    for number, line in enumerate(source.text.split("\n"), start=1):
        match = _LINE.fullmatch(line.rstrip("\r")) if "#" not in line[:1] else None
        if match is None:
            continue
        name = match[1]
        value = _value(match[2].strip(), ChainMap(outer, scope))
        given = Given(
            name=name,
            value=value.text,
            how=f"{name}, {source.file} line {number}",
            place=Place(file=source.file, line=number),
        )
        scope[name] = Value(value.text, value.missing, (given,), value.fault)
    return {**scope, **outer}


def _value(text: str, scope: Scope) -> Value:
    quote = text[:1]
    if quote in {"'", '"'}:
        end = text.find(quote, 1)
        body = text[1:end] if end > 0 else text[1:]
        return Value(body) if quote == "'" else interpolate(body, scope)
    return interpolate(re.split(r"\s#", text, maxsplit=1)[0].rstrip(), scope)
