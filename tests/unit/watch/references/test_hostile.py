"""Bounds, links out of the repository, files that are no files, and text of every kind."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.watch.references.conftest import Scan, images, told
from validation.errors import BadInput
from validation.watch.files import Bounds, Folder
from validation.watch.ignore import ignored, read_rules
from validation.watch.references import ScanOptions, find_references
from validation.watch.references.commands import read_commands
from validation.watch.references.dockerfile import add_dockerfile
from validation.watch.references.instructions import read_instructions
from validation.watch.references.kinds import reader_of
from validation.watch.references.patterns import BadPattern, replace, trim_prefix, trim_suffix
from validation.watch.references.records import Build, Found, Reading, Source, Value
from validation.watch.references.words import expand, interpolate


def bounded(**bounds: int) -> ScanOptions:
    return ScanOptions(bounds=Bounds(**bounds))


# --- the walk


def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "Dockerfile").write_text("FROM secret:1\n")
    root = tmp_path / "repo"
    (root / "real").mkdir(parents=True)
    (root / "real" / "Dockerfile").write_text("FROM debian:12\n")
    (root / "Dockerfile").symlink_to(outside / "Dockerfile")
    (root / "folder").symlink_to(outside)
    (root / "twice").symlink_to(root / "real")
    (root / "loop").symlink_to(root)
    (root / "compose.yaml").write_text(
        "services:\n  a: {build: {dockerfile: folder/Dockerfile}}\n  b: {build: twice}\n"
    )
    (root / ".env").symlink_to(outside / "Dockerfile")
    result = find_references(root)
    assert told(result) == [("real/Dockerfile", 1, "debian:12", "FROM"),
                            ("twice/Dockerfile", 1, "debian:12", "FROM")]  # fmt: skip
    said = {(one.place.file, one.message.split(";")[0]) for one in result.problems}
    assert ("Dockerfile", "a symbolic link that leaves the repository") in said
    assert (".env", "a symbolic link that leaves the repository") in said
    for path in ("folder", "folder/Dockerfile", "../outside", outside):
        with pytest.raises(BadInput):
            find_references(root, [path])


def test_the_root_may_be_named_by_a_link_and_paths_by_any_spelling(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / "a").mkdir(parents=True)
    (root / "a" / "Dockerfile").write_text("FROM debian:12\n")
    (tmp_path / "link").symlink_to(root)
    for paths in ([], ["a"], ["a/"], ["./a/../a/Dockerfile"], [root / "a"], ["a", "a/Dockerfile"]):
        assert images(find_references(tmp_path / "link", paths)) == ["debian:12"]


@pytest.mark.parametrize("root", ["gone", "file"])
def test_a_root_that_is_no_folder_is_bad_input(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput):
        find_references(tmp_path / root)


def test_a_path_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        find_references(tmp_path, ["gone"])


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Dockerfile")
    result = find_references(tmp_path)
    assert [str(one) for one in result.problems] == ["Dockerfile:1: not a plain file; not read"]


def test_folders_of_others_and_ignored_ones_are_left_out(scan: Scan) -> None:
    text = "FROM debian:12\n"
    files = {
        "node_modules/a/Dockerfile": text, ".git/Dockerfile": text, "vendor/x/Dockerfile": text,
        "env/pyvenv.cfg": "", "env/Dockerfile": text, "out/Dockerfile": text,
        "a/build/Dockerfile": text, "a/keep/Dockerfile": text, "b/x.Dockerfile": text,
        ".gitignore": "/out/\n*.Dockerfile\n!keep.Dockerfile\n", "a/.gitignore": "build\n",
        "b/keep.Dockerfile": text,
    }  # fmt: skip
    assert [file for file, *_ in told(scan(files))] == ["a/keep/Dockerfile", "b/keep.Dockerfile"]
    assert images(scan(files, "out")) == ["debian:12"]
    assert images(scan(files, "b/x.Dockerfile")) == ["debian:12"]


def test_what_is_committed_and_nobodys_base_is_left_out_by_a_file_of_ours(scan: Scan) -> None:
    text = "FROM debian:12\n"
    files = {
        "docs/examples/Dockerfile": text, "Dockerfile": text, "kept/Dockerfile": text,
        ".gitignore": "kept\n", ".imagewrightignore": "/docs/examples/\n!kept\n",
    }  # fmt: skip
    assert [file for file, *_ in told(scan(files))] == ["Dockerfile", "kept/Dockerfile"]


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("a", "a", True), ("a", "x/a", True), ("/a", "x/a", False), ("x/a", "x/a", True),
        ("x/a", "y/x/a", False), ("**/a", "x/y/a", True), ("x/**", "x/y/z", True),
        ("x/**", "x", False), ("a/**/b", "a/b", True), ("a/**/b", "a/x/y/b", True),
        ("*.x", "a/b.x", True), ("*.x\n!b.x", "a/b.x", False), ("a/", "a", False),
        ("#a", "#a", False), ("\\#a", "#a", True), ("a ", "a", True), ("[ab]c", "ac", True),
        ("[!a]c", "ac", False), ("x/*", "x/y", True), ("x/*", "x/y/z", False), ("", "a", False),
        ("/", "a", False), ("[", "[", True), ("a?c", "abc", True),
    ],
)  # fmt: skip
def test_ignore_rules_are_gits(rules: str, path: str, expected: bool) -> None:
    assert ignored(path, read_rules(rules, ""), is_folder=False) is expected


# --- bounds, each with a word about it


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (bounded(file_bytes=10), "the limit is 10; not read"),
        (bounded(file_lines=1), "more than 1 lines"),
        (bounded(total_bytes=40), "more than 40 bytes read"),
        (bounded(files=1), "more than 1 files"),
        (bounded(entries=1), "more than 1 files and folders"),
        (bounded(depth=1), "nested deeper than 1"),
        (bounded(references=1), "more than 1 references"),
        (bounded(nodes=3), "more than 3 values"),
        (bounded(expansions=2), "comes to 9 combinations; only the first 2"),
    ],
)
def test_every_bound_says_so(scan: Scan, options: ScanOptions, message: str) -> None:
    matrix = "{a: [1, 2, 3], b: [1, 2, 3]}"
    result = scan({
        "Dockerfile": "FROM a:1\nFROM b:1\nFROM c:1\n",
        "x/y/z/Dockerfile": "FROM d:1\n",
        ".github/workflows/a.yml": f"jobs: {{j: {{strategy: {{matrix: {matrix}}}, container: x}}}}",
    }, options=options)  # fmt: skip
    assert any(message in one.message for one in result.problems), result.problems


def test_a_chain_of_build_matrices_is_cut(scan: Scan) -> None:
    result = scan({
        "Dockerfile": "ARG A\nARG B\nFROM x:$A-$B\n",
        "matrix.yaml": f"A: {list(range(100))}\nB: {list(range(100))}\n",
    })  # fmt: skip
    assert len(result.references) == 1_000
    assert "10,000 combinations" in result.problems[0].message


BOMB = "a0: &a0 {image: x, containers: []}\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)
HOSTILE = {
    "alias bomb": ("k.yaml", f"apiVersion: v1\nkind: x\n{BOMB}"),
    "alias bomb as matrix": ("matrix.yaml", BOMB.replace("image", "A")),
    "merge bomb": (
        "k.yaml",
        "apiVersion: v1\nkind: x\na: &a {"
        + ", ".join(f"k{n}: 1" for n in range(2000))
        + "}\n"
        + "".join(f"b{n}: {{<<: *a}}\n" for n in range(5000)),
    ),
    "itself": ("compose.yaml", "services: &s {a: *s}"),
    "deep lists": ("compose.yaml", "[" * 100_000),
    "deep mappings": ("compose.yaml", "{a: " * 100_000),
    "deep blocks": ("compose.yaml", "- " * 100_000),
    "deep json": (".devcontainer.json", "[" * 100_000),
    "comments": (".devcontainer.json", "/*" * 200_000),
    "quotes in json": (".devcontainer.json", '"\\' * 200_000),
    "documents": ("k.yaml", "apiVersion: 1\nkind: 1\n" + "---\n" * 49_000),
    "keys": (
        "compose.yaml",
        "services:\n" + "".join(f" a{n}: {{image: 'a:{n}'}}\n" for n in range(30_000)),
    ),
    "doubling": (
        "Dockerfile",
        "ARG A0=xxxxxxxxxx\n"
        + "".join(f"ARG A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 9000))
        + "FROM a:$A8999\n",
    ),
    "origins": (
        "Dockerfile",
        "ARG A0=x\n" + "".join(f"ARG A{n}=$A{n - 1}\n" for n in range(1, 40_000)) + "FROM a:$A9\n",
    ),
    "nesting": ("Dockerfile", "FROM " + "${A:-" * 100_000 + "\n"),
    "dollars": ("Dockerfile", "FROM " + "$A" * 500_000 + "\n"),
    "patterns": (
        "Dockerfile",
        f"ARG A={'a' * 60_000}\nFROM x:${{A%%{'*a' * 20_000}}}${{A//{'*a?' * 400}/b}}\n",
    ),
    "quotes": ("Dockerfile", "FROM a\nRUN pip install " + '"\\' * 100_000 + "\n"),
    "heredocs": ("Dockerfile", "FROM a\nRUN " + " ".join(f"<<E{n}" for n in range(20_000)) + "\n"),
    "heredoc dollars": ("Dockerfile", "FROM a\nRUN << " + "${a:-" * 50_000 + "\n"),
    "continuations": ("Dockerfile", "FROM a\\\n" * 40_000),
    "stages": (
        "Dockerfile",
        "".join(f"FROM s{n} AS s{n + 1}\nRUN pip install torch\n" for n in range(20_000)),
    ),
    "flags": ("Dockerfile", "FROM a\nRUN " + "--mount=from=b:1 " * 50_000 + "\n"),
    "commas": ("Dockerfile", "FROM a\nRUN --mount=from=b:1," + '"' * 400_000 + "\n"),
    "one word": ("Dockerfile", "FROM " + "a" * 1_000_000),
    "spaces": ("Dockerfile", "FROM" + " " * 500_000 + "a" + " " * 500_000 + "\n"),
    "no end": ("Dockerfile", "\\\n" * 49_000),
    "directives": ("Dockerfile", "# syntax=" + " " * 900_000 + "\n"),
    "nul": ("Dockerfile", "FROM a\0b\nFROM \x1b[31m\n"),
    "expressions": (".github/workflows/a.yml", "jobs: {a: {container: '" + "${{" * 200_000 + "'}}"),
    "templates": ("k.yaml", "apiVersion: 1\nkind: 1\nimage: " + "{{ " * 200_000),
    "template spaces": ("k.yaml", "apiVersion: 1\nkind: {{\nimage: {{" + " " * 500_000 + "x\n"),
    "extends": (
        ".gitlab-ci.yml",
        "".join(f"j{n}: {{extends: [j{n + 1}, j{n + 2}, j{n}]}}\n" for n in range(9_000)),
    ),
    "gitlab matrix": (
        ".gitlab-ci.yml",
        "x: &m [{A: &l ["
        + "1, " * 1000
        + "], B: *l, C: *l}]\n"
        + "".join(f"j{n}: {{image: 'a:$A', parallel: {{matrix: *m}}}}\n" for n in range(2000)),
    ),
    "gitlab variables": (".gitlab-ci.yml", "image: $A\nvariables: {A: '" + "$A" * 400 + "'}\n"),
    "env": ("compose.yaml", "services: {a: {image: '$A39999'}}"),
    "control": ("compose.yaml", "services: {a: {image: 'a\x07'}}"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_end_soon(scan: Scan, case: str) -> None:
    name, text = HOSTILE[case]
    files = {name: text}
    if case == "env":
        files[".env"] = "A0=1\n" + "".join(f"A{n}=x$A{n - 1}$A{n - 1}\n" for n in range(1, 40_000))
    if name == "matrix.yaml":
        files["Dockerfile"] = "ARG A\nFROM x:$A\n"
    start = time.process_time()
    result = scan(files)
    assert time.process_time() - start < 10  # each takes under two seconds on two slow cores
    assert result.files >= 1


# --- any text at all

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


def test_names_and_texts_that_are_not_utf_8_survive(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)  # noqa: PTH102  (pathlib cannot say these bytes)
    Path(os.fsdecode(folder), "Dockerfile").write_bytes(b"# caf\xe9\nFROM debian:12\nRUN \xff\n")
    (reference,) = find_references(tmp_path).references
    assert reference.resolved == "debian:12"
    assert reference.place.file.encode() == b"caf\\udce9/Dockerfile"


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


def test_the_same_repository_gives_the_same_answer_in_any_order(tmp_path: Path) -> None:
    answers = []
    for order in (1, -1):
        root = tmp_path / str(order)
        for name in ("b", "a", "c/d", "c/a", "Z")[::order]:
            (root / name).mkdir(parents=True)
            (root / name / "Dockerfile").write_text(f"FROM x/{name.lower()}:1\nFROM $Y\n")
        answers.append(find_references(root))
    assert answers[0] == answers[1]


def test_a_folder_reads_nothing_twice_as_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 11)
    folder = Folder(tmp_path, Bounds(file_bytes=10))
    assert folder.read("a") is None
    assert folder.read("gone") is None
    assert [one.message for one in folder.problems] == ["11 bytes; the limit is 10; not read"]
