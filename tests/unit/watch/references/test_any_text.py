"""No text at all breaks a reader: hypothesis makes it up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.watch.files import Bounds
from validation.watch.references import ScanOptions, find_references
from validation.watch.references.commands import read_commands
from validation.watch.references.dockerfile import add_dockerfile
from validation.watch.references.instructions import read_instructions
from validation.watch.references.kinds import reader_of
from validation.watch.references.patterns import BadPattern, replace, trim_prefix, trim_suffix
from validation.watch.references.records import Build, Found, Reading, Source, Value
from validation.watch.references.words import expand, interpolate

NAMES = ["Dockerfile", "compose.yaml", "k.yaml", ".github/workflows/a.yml", "action.yml",
         ".gitlab-ci.yml", ".devcontainer.json", "matrix.yaml"]  # fmt: skip


YAML = [
    "services",
    "jobs",
    "image",
    "build",
    "args",
    "container",
    "containers",
    "matrix",
    "strategy",
    "include",
    "exclude",
    "apiVersion",
    "kind",
    "variables",
    "extends",
    "parallel",
    "steps",
    "uses",
    "with",
    "build-args",
    "env",
    "default",
    "dockerfile_inline",
    "context",
    "dockerfile",
    "FROM a",
    ": ",
    ":\n",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&a ",
    "*a",
    "<<",
    "|\n",
    ">",
    "'",
    '"',
    "$",
    "${A",
    "${{ matrix.a ",
    "}}",
    "{{",
    "docker://a",
    "a:1",
    "\t",
    "---\n",
    "!!x ",
    "\0",
    "docker/build-push-action@v6",
    "//",
    "/*",
    "*/",
    "\\",
    "version: 1\nrepository: x\nfleet:\nimages:",
]


class Nothing:
    """A repository without other files."""

    def read(self, path: str) -> str | None:
        del path
        return None

    def beside(self, file: str, name: str) -> str | None:
        del file
        return name

    def exists(self, path: str) -> bool:
        return bool(path)


def read_as(name: str, text: str) -> Found:
    found = Found(name, Bounds())
    source = Source(name, text)
    if name == "Dockerfile":
        builds = [Build(dockerfile=name, args={"A": Value("b")}, platform="linux/amd64")]
        add_dockerfile(found, read_instructions(text), builds)
    elif (reader := reader_of(source)) is not None:
        reader(Reading(source, Nothing(), ScanOptions(), found))
    return found


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(NAMES), st.lists(st.sampled_from(YAML), max_size=30).map("".join))
def test_no_made_up_text_breaks_a_reader(name: str, text: str) -> None:
    for reference in read_as(name, text).references:
        assert (reference.resolved is None) == bool(reference.unresolved)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), st.text())
def test_no_text_breaks_a_reader(name: str, text: str) -> None:
    read_as(name, f"apiVersion: v1\nkind: x\n{text}" if name == "k.yaml" else text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_a_scan(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("repo")
    for name in ("Dockerfile", "compose.yaml", ".devcontainer.json", ".gitignore", ".env"):
        (root / name).write_bytes(data)
    find_references(root)


WORDS = st.lists(
    st.sampled_from(
        [
            "$",
            "{",
            "}",
            ":",
            "-",
            "+",
            "?",
            "%",
            "#",
            "/",
            "*",
            "\\",
            "'",
            '"',
            "A",
            "b",
            "$A",
            "${A",
            "${B:-",
            " ",
            "1",
        ]
    ),
    max_size=20,
).map("".join)


@settings(max_examples=1_000, deadline=None)
@given(WORDS, st.sampled_from(["\\", "`"]))
def test_no_word_breaks_the_lexers(word: str, escape: str) -> None:
    scope = {"A": Value("1.2*3"), "b": Value("")}
    for value in (expand(word, scope, escape), interpolate(word, scope)):
        assert not (value.fault and value.text)
    read_commands(f"pip install {word}", scope)


@given(st.text("ab*?\\", max_size=6), st.text("ab", max_size=8))
def test_patterns_take_off_what_they_match(pattern: str, value: str) -> None:
    try:
        shortest = trim_suffix(value, pattern, longest=False)
    except BadPattern:
        return
    longest = trim_suffix(value, pattern, longest=True)
    assert value.startswith(shortest)
    assert shortest.startswith(longest)
    assert value.endswith(trim_prefix(value, pattern, longest=True))
    replace(value, pattern, "x", everywhere=True)
