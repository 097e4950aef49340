"""Shell commands of a RUN → the packages that they install; nothing is run, little is understood.

Pure; imports instructions, records and words. Only what is plainly written counts: the words of
`pip install`, `uv pip install`, `uv add`, `conda install` and `apt-get install` up to the next
shell operator. A requirement with a variable that is not known is left out.
"""

import functools
import re
from collections.abc import Iterable, Iterator

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from validation.watch.references.instructions import json_form
from validation.watch.references.records import Scope
from validation.watch.references.words import expand

MAX_SCRIPT = 64 * 1024
"""Longest script that is looked into."""

MAX_REQUIREMENTS = 200
"""Most requirements that are kept of one RUN."""

KEPT = re.compile(
    r"torch(?:vision|audio)?|cupy(?:-cuda\d+x)?|numpy|onnx|onnxruntime(?:-gpu)?|triton|jax"
    r"|tensorflow|python"
)
"""The packages that a base's choice hangs on; others say nothing about it."""

_TORCH = frozenset({"torch", "torchvision", "torchaudio"})
_OPERATORS = re.compile(r"&&|\|\||[;|&\n()]")
# Also in the middle of a word: torch>=2.2 without quotes writes to a file named "=2.2".
_REDIRECTION = re.compile(r"(?:(?<=\s)\d)?(?:>>?|<<?-?)&?")
# An escape is taken first, so that a quote that is not closed is looked for only once.
_QUOTED = re.compile(r"""\\.|"(?:[^"\\]|\\.)*+"|'[^']*'""", re.DOTALL)
_ASIDE = re.compile("\0(\\d+)\0")
_PIP = re.compile(r"pip(?:3(?:\.\d+)?)?")
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"[^"]*"|'[^']*')+""", re.DOTALL)
_INDEX_OPTIONS = ("--index-url", "--extra-index-url", "-i", "--index", "--default-index")
_UV = {"pip install": "pip", "pip sync": "sync", "python install": "python"}
_FILE_OPTIONS = ("-r", "--requirement", "--requirements")
_VALUE_OPTIONS = frozenset({
    *_INDEX_OPTIONS, *_FILE_OPTIONS, "-c", "--constraint", "-t",
    "--target", "-f", "--find-links", "--prefix", "--root", "--platform", "--python-version",
    "--cache-dir", "--timeout", "--retries", "--trusted-host", "--no-binary", "--only-binary",
    "--index-strategy", "--python", "-p", "-n", "--name", "--channel", "--extra", "--group",
    "--proxy", "--progress-bar", "--upgrade-strategy", "-e", "--editable", "--torch-backend",
})  # fmt: skip
_VARIANT = re.compile(r"download\.pytorch\.org/whl/(?:nightly/|test/)?(cpu|cu\d+|rocm[\d.]+|xpu)\b")
_OS_PYTHON = re.compile(r"python(3\.\d+)(?:-\w+)?")


class Commands(msgspec.Struct, frozen=True):
    """Requirements in the order written, the indexes that were named beside them, and files.

    `files` are the requirements files that are installed, as paths in the image.
    """

    requirements: tuple[str, ...]
    indexes: tuple[str, ...]
    files: tuple[str, ...] = ()


def read_commands(script: str, scope: Scope) -> Commands:
    """Return what a script plainly installs."""
    requirements: dict[str, None] = {}
    indexes: dict[str, None] = {}
    files: dict[str, None] = {}
    for words in _commands(script[:MAX_SCRIPT]):
        tool, rest = _installer(words)
        if not tool or len(requirements) >= MAX_REQUIREMENTS:
            continue
        given = _arguments(rest, scope)
        if tool == "sync":
            files.update(dict.fromkeys(given.wanted))
        elif tool == "pip":
            variant = variant_of(given.indexes)
            found = [kept_requirement(text, variant) for text in given.wanted]
            requirements.update(dict.fromkeys(one for one in found if one))
            files.update(dict.fromkeys(given.files))
        else:
            found = [_packaged(text, tool) for text in given.wanted]
            requirements.update(dict.fromkeys(one for one in found if one))
        if tool in {"pip", "sync"}:
            indexes.update(dict.fromkeys(given.indexes))
    return Commands(
        tuple(requirements)[:MAX_REQUIREMENTS],
        tuple(indexes)[:MAX_REQUIREMENTS],
        tuple(files)[:MAX_REQUIREMENTS],
    )


def _commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each simple command, quotes kept; operators in quotes do not split."""
    words = json_form(script)
    if words is not None:
        yield words
        return
    quoted: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        if match[0][0] == "\\":
            return match[0]
        quoted.append(match[0])
        return f"\0{len(quoted) - 1}\0"

    bare = _QUOTED.sub(put_aside, script.replace("\0", "")).replace("\\\n", " ")
    for command in _OPERATORS.split(_REDIRECTION.sub(" > ", bare)):
        if "install" in command or "uv" in command:
            words = _WORD.findall(command)
            if "\0" in command:
                words = [_ASIDE.sub(lambda match: quoted[int(match[1])], word) for word in words]
            yield words


def _installer(words: list[str]) -> tuple[str, list[str]]:
    """Return which kind of installer a command is, and what follows.

    That is pip, conda, apt, python, or sync for what is given requirements files only.
    """
    for at, word in enumerate(words[:12]):
        if word.startswith("#") or word in {"echo", "printf"}:
            break
        name = word.rpartition("/")[2]
        rest = words[at + 1 :]
        if name == "uv":
            return _uv(rest)
        if _PIP.fullmatch(name):
            return _after(rest, "install", "pip")
        if name in {"conda", "mamba", "micromamba"}:
            return _after(rest, "install", "conda")
        if name in {"apt-get", "apt", "dnf", "yum", "microdnf"}:
            return _after(rest, "install", "apt")
    return "", []


def _uv(rest: list[str]) -> tuple[str, list[str]]:
    plain = [word for word in rest if not word.startswith("-")]
    tool = _UV.get(" ".join(plain[:2]))
    if tool:
        return _after(rest, plain[1], tool)
    if plain[:1] == ["add"]:
        return _after(rest, "add", "pip")
    if plain[:1] == ["venv"]:
        for option, value in zip(rest, [*rest[1:], ""], strict=True):
            if option in {"--python", "-p"}:
                return "python", [value]
            if option.startswith("--python="):
                return "python", [option.removeprefix("--python=")]
    return "", []


def _after(rest: list[str], verb: str, tool: str) -> tuple[str, list[str]]:
    return (tool, rest[rest.index(verb) + 1 :]) if verb in rest else ("", [])


class _Given(msgspec.Struct, frozen=True):
    """An installer's arguments: what is asked for, index addresses, requirements files."""

    wanted: list[str]
    indexes: list[str]
    files: list[str]


def _arguments(words: list[str], scope: Scope) -> _Given:
    """Return what is asked for, and from where; other options and their values go."""
    given = _Given([], [], [])
    option = ""
    for word in words:
        value = expand(word, scope)
        text = value.text if value.known else ""
        if option:
            _option(given, option, text)
            option = ""
        elif word.startswith("-"):
            name, equals, inline = text.partition("=")
            if equals:
                _option(given, name, inline)
            elif name in _VALUE_OPTIONS:
                option = name
            elif name.startswith("-r"):
                _option(given, "-r", name[2:])
        elif word == ">":
            option = word  # what follows is a file
        elif text:
            given.wanted.append(text)
    return given


def _option(given: _Given, name: str, text: str) -> None:
    if text and name in _INDEX_OPTIONS:
        given.indexes.append(text)
    elif text and name in _FILE_OPTIONS:
        given.files.append(text)


def variant_of(indexes: Iterable[str]) -> str:
    """Return the one PyTorch variant that the indexes name, else nothing."""
    variants = {match[1] for match in map(_VARIANT.search, indexes) if match}
    return variants.pop() if len(variants) == 1 else ""


@functools.lru_cache(maxsize=4096)
def kept_requirement(text: str, variant: str) -> str:
    """Return a requirement worth keeping; an exact torch pin says the variant of its index."""
    if not KEPT.match(text.lower()) or len(text) > 200:
        return ""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return ""
    name = canonicalize_name(requirement.name)
    if not KEPT.fullmatch(name) or requirement.url:
        return ""
    versions = list(requirement.specifier)
    exact = len(versions) == 1 and versions[0].operator == "==" and "*" not in versions[0].version
    local = f"+{variant}" if variant and exact and name in _TORCH and "+" not in text else ""
    return f"{name}{requirement.specifier}{local}"


def _packaged(text: str, tool: str) -> str:
    """Return what a distribution's, conda's or uv's own package name says of Python or torch."""
    if tool == "apt":
        match = _OS_PYTHON.fullmatch(text)
        return f"python=={match[1]}" if match else ""
    if tool == "python":
        match = re.fullmatch(r"(?:cpython@|cpython-|python)?(3\.\d+(?:\.\d+)?)", text)
        return f"python=={match[1]}" if match else ""
    match = re.fullmatch(r"(?:[\w-]+::)?(pytorch|python|cupy|numpy)==?(\d[\d.]*)(?:=.*)?", text)
    if not match:
        return ""
    return f"{match[1].replace('pytorch', 'torch')}=={match[2].rstrip('.')}"
