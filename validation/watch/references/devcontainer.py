"""devcontainer.json → its image, or the Dockerfile that it builds with its args.

Pure; imports builds, records and tree. Variables such as `${localEnv:NAME:default}` are put in by
the editor: one with a default resolves to it, others are named as unresolved.
"""

import re

from validation.watch.nouns import Given
from validation.watch.references.builds import add_build, build_args
from validation.watch.references.records import Reading, ScanOptions, Value
from validation.watch.references.tree import Scalar, child, read_json, scalar
from validation.watch.references.words import MAX_TEXT

_VARIABLE = re.compile(r"\$\{([^}:]{1,80})(?::([^}:]{0,120}))?(?::([^}]{0,200}))?\}")


def read_devcontainer(reading: Reading) -> None:
    """Add what a development container stands on."""

    def resolve(value: Scalar) -> Value:
        return _resolved(value.text, reading.options)

    root = read_json(reading.source, reading.found)
    image = scalar(root, "image")
    if image is not None:
        reading.found.image(image.text, resolve(image), "devcontainer image", image.line)
    build = child(root, "build")
    dockerfile = scalar(build, "dockerfile") or scalar(root, "dockerFile")
    if dockerfile is None:
        return
    # The Dockerfile's path is relative to devcontainer.json, whatever the context is.
    add_build(
        reading,
        context=Value(""),
        dockerfile=resolve(dockerfile),
        line=dockerfile.line,
        args=build_args(reading.source, child(build, "args"), resolve, lambda _name: None),
    )


def _resolved(text: str, options: ScanOptions) -> Value:
    if len(text) > MAX_TEXT:
        return Value("", fault=f"longer than {MAX_TEXT:,} characters")
    missing: dict[str, None] = {}
    given: dict[Given, None] = {}

    def put(match: re.Match[str]) -> str:
        kind, name, default = match[1], match[2] or "", match[3]
        if kind == "localEnv" and name in options.environment:
            value = options.environment[name]
            given[Given(name=name, value=value, how=f"{name} as given")] = None
            return value
        if kind == "localEnv" and default is not None:
            given[Given(name=name, value=default, how=f"default in {match[0]}")] = None
            return default
        missing[f"{kind}:{name}" if name else kind] = None
        return ""

    done = _VARIABLE.sub(put, text)
    return Value(done, tuple(missing), tuple(given))
