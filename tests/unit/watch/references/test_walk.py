"""The walk: links, pipes, folders of others, ignore rules, any order."""

import os
from pathlib import Path

import pytest

from tests.unit.watch.references.conftest import Scan, images, told
from validation.errors import BadInput
from validation.watch.files import Bounds, Folder
from validation.watch.ignore import ignored, read_rules
from validation.watch.references import find_references


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


def test_names_and_texts_that_are_not_utf_8_survive(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)  # noqa: PTH102  (pathlib cannot say these bytes)
    Path(os.fsdecode(folder), "Dockerfile").write_bytes(b"# caf\xe9\nFROM debian:12\nRUN \xff\n")
    (reference,) = find_references(tmp_path).references
    assert reference.resolved == "debian:12"
    assert reference.place.file.encode() == b"caf\\udce9/Dockerfile"


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


def test_what_is_committed_and_nobodys_base_is_left_out_by_a_file_of_ours(scan: Scan) -> None:
    text = "FROM debian:12\n"
    files = {
        "docs/examples/Dockerfile": text, "Dockerfile": text, "kept/Dockerfile": text,
        ".gitignore": "kept\n", ".imagewrightignore": "/docs/examples/\n!kept\n",
    }  # fmt: skip
    assert [file for file, *_ in told(scan(files))] == ["Dockerfile", "kept/Dockerfile"]
