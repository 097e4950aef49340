"""What is fuzzed: one function for each reader, and pieces that make up what it reads.

A target takes any text and returns; whatever it raises is a finding, and so is what takes longer
than `LONGEST`. Targets also hold what must be so whatever is read.
"""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.watch.files import Bounds
from validation.watch.ignore import ignored, read_rules
from validation.watch.names import parse_image, split_cuda_tag
from validation.watch.references import ScanOptions
from validation.watch.references.commands import read_commands
from validation.watch.references.copies import Files
from validation.watch.references.dockerfile import add_dockerfile
from validation.watch.references.dotenv import read_environment
from validation.watch.references.instructions import read_instructions
from validation.watch.references.kinds import reader_of
from validation.watch.references.records import Build, Found, Reading, Source, Value
from validation.watch.references.requirement_files import read_requirements
from validation.watch.references.words import expand, interpolate
from validation.watch.signals.subject import subject_of
from validation.watch.suppress import comment_suppressions
from validation.watch.verdict import statements_of

LONGEST = 5.0
"""Seconds that a text of at most `LARGEST` bytes may take; each takes milliseconds."""

LARGEST = 16_384

# One for all texts, as a scan has: caches of verdicts are by facts.
_FACTS = load_facts()


class Target(NamedTuple):
    """A reader under fuzz: what it is given, and what files of its kind are made of."""

    read: Callable[[str], None]
    pieces: tuple[str, ...]
    seeds: tuple[str, ...] = ()


class Repository:
    """A repository in which every file has the same text, and none leads outside."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, path: str) -> str | None:
        """Return a file's text."""
        return None if path.endswith("gone") else self._text

    def beside(self, file: str, name: str) -> str | None:
        """Return a path, as the walk's own `Folder` would."""
        return None if name.startswith(("/", "../")) else f"{file.rpartition('/')[0]}{name}"

    def exists(self, path: str) -> bool:
        """Return whether a file is there."""
        return not path.endswith("gone")


def read_as(name: str, text: str) -> Found:
    """Read a text as the file of that name, and return what was found; holds what must be so."""
    found = Found(name, Bounds())
    source = Source(name, text)
    look = Repository(text)
    if name == "Dockerfile":
        builds = [Build(dockerfile=name, args={"A": Value("b")}, platform="linux/amd64")]
        add_dockerfile(found, read_instructions(text), builds, look=look)
    elif (reader := reader_of(source)) is not None:
        reader(Reading(source, look, ScanOptions(facts=_FACTS), found))
    lines = text.count("\n") + text.count("\r") + 2
    for each in found.references:
        assert (each.resolved is None) == bool(each.unresolved), each
        assert 1 <= each.place.line <= lines or each.place.file != name, each
        if each.resolved is not None:
            parse_image(each.resolved)
    return found


def _reader(name: str, head: str = "") -> Callable[[str], None]:
    def read(text: str) -> None:
        read_as(name, head + text)

    return read


def _reference(text: str) -> None:
    split_cuda_tag(text)
    with contextlib.suppress(BadInput):
        image = parse_image(text)
        again = parse_image(image.canonical)
        assert again.canonical == image.canonical
        assert parse_image(image.familiar).name == image.name
        statements_of(subject_of(text), _FACTS)


def _words(text: str) -> None:
    scope = {"A": Value("1.2*3"), "b": Value("")}
    for value in (expand(text, scope), expand(text, scope, "`"), interpolate(text, scope)):
        assert not (value.fault and value.text)
    read_commands(f"pip install {text}", scope)


def _small(text: str) -> None:
    """Feed the readers of small things: requirements, .env, ignore files, suppressions, copies."""
    read_requirements(text)
    read_environment(Source(".env", text), {"A": Value("b")})
    rules = read_rules(text, "")
    ignored(text.partition("\n")[0], rules, is_folder=False)
    comment_suppressions("f", text, ["base-eol"])
    files = Files()
    for instruction in read_instructions(text).instructions:
        files = files.after(instruction, {}, "\\")
        list(files.sources_of(instruction.text))


_DOCKER = (
    "FROM", "ARG", "RUN", "COPY", "ADD", "ONBUILD", "ENV A=b", "LABEL a=b", "CMD", "WORKDIR /",
    "# c", "#", "\\", "\\\\", "`", "\n", "\n", " ", "\t", "\r\n", "\v", "<<", "<<E", "<<-E",
    '<<"E"', "E\n", "E", "'", '"', "$", "${", "}", "${A}", "${A:-b c}", "${A%", "${A/", "$(", ")",
    "a", "b", "=", "as", "debian:12", "--from=x", "--mount=type=bind,from=y", "--", "-",
    "--mount=type=bind,source=r.txt,target=", "pip install ", "-r r.txt ", "torch==2.2.0",
    '["a", "b"]', "[", "]", ",", "# escape=`\n", "# syntax=x\n", "#!/x\n", "<", "&&", "%", "/",
)  # fmt: skip
_YAML = (
    "services", "jobs", "image", "build", "args", "container", "containers", "matrix", "strategy",
    "include", "exclude", "apiVersion", "kind", "variables", "extends", "parallel", "steps", "uses",
    "with", "build-args", "env", "default", "dockerfile_inline", "context", "dockerfile", "FROM a",
    "file", "service", "path", "env_file", "platform", "additional_contexts", "docker-image://a",
    "a", "b", ": ", ":\n", "\n", "\n  ", "\n    ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a",
    "<<", "|\n", ">", "'", '"', "$", "${A", "${A:-", "${{ matrix.a ", "}}", "{{", "docker://a",
    "a:1", "\t", "---\n", "!!x ", "\0", "docker/build-push-action@v6", "//", "/*", "*/", "\\",
    "? ", "# ", "%YAML 1.1\n", "2026-11-23", "12.10",
)  # fmt: skip
_NAMES = (
    "docker.io", "nvidia", "cuda", "/", ":", "@", "sha256:", "0" * 64, "12.6.3", "-", "runtime",
    "cudnn8", "ubuntu22.04", "localhost", ":5000", "[::1]", ".", "_", "__", "A", "é", " ", "latest",
    "library", "debian", "nvcr.io", "pytorch", "25.01-py3",
)  # fmt: skip
_LEXED = (
    "$", "{", "}", ":", "-", "+", "?", "%", "#", "/", "*", "\\", "'", '"', "A", "b", "$A", "${A",
    "${B:-", " ", "1",
)  # fmt: skip
_SMALL = (
    "torch", "==", "2.2.0", ";", "python_version", "sys_platform", "'linux'", "(", ")", " or ",
    "-r ", "--index-url ", "--hash=", "\\\n", "#", "\n", " ", "*", "**", "?", "[", "]", "!", "/",
    "A=", "$A", "${A", "export ", "'", '"', "imagewright: ignore[", "base-eol", "until 2026-11-23",
    " because x", "COPY ", "WORKDIR ", ". ", "/x/", "..",
)  # fmt: skip

TARGETS = {
    "dockerfile": Target(_reader("Dockerfile"), _DOCKER, ("FROM a\nRUN <<E\nx\nE\n",)),
    "compose": Target(_reader("compose.yaml"), _YAML, ("services: {a: {image: b}}\n",)),
    "override": Target(
        _reader("compose.override.yaml"), _YAML, ("services: {a: {build: {args: [A=1]}}}\n",)
    ),
    "reference": Target(_reference, _NAMES, ("nvcr.io/nvidia/cuda:12.6.3-base-ubuntu22.04",)),
    "workflow": Target(
        _reader(".github/workflows/a.yml"), _YAML, ("jobs: {a: {container: b:1}}\n",)
    ),
    "action": Target(_reader("action.yml"), _YAML, ("runs: {using: docker, image: a}\n",)),
    "gitlab": Target(_reader(".gitlab-ci.yml"), _YAML, ("a: {image: b:$A, variables: {A: 1}}\n",)),
    "kubernetes": Target(
        _reader("k.yaml", "apiVersion: v1\nkind: x\n"), _YAML, ("spec: {containers: [{image: a}]}",)
    ),
    "devcontainer": Target(_reader(".devcontainer.json"), _YAML, ('{"image": "a:1", // b\n}',)),
    "matrix": Target(
        _reader("matrix.yaml"), _YAML, ("version: 1\nrepository: x\nfleet: {}\nimages: {}\n",)
    ),
    "words": Target(_words, _LEXED, ("${A:-$b}",)),
    "small": Target(_small, _SMALL, ("torch==2.2.0 ; python_version > '3'\n",)),
}
