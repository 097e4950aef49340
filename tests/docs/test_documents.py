"""What the documents say of commands, files and links is so."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from validation.cli import VERBS, cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
SHELL = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)


def names(documents):
    return [str(path.relative_to(ROOT)) for path in documents]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_links_lead_somewhere(document):
    targets = LINK.findall(document.read_text("utf-8"))
    gone = [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    assert not gone


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_verbs_and_sessions_exist(document):
    text = document.read_text("utf-8")
    sessions = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(), re.M))
    for block in SHELL.findall(text):
        for verb in re.findall(r"^(?:\$ )?imagewright (\w+)", block, re.M):
            assert verb in VERBS
        for line in re.findall(r"nox -s ([\w ]+)", block):
            assert set(line.split()) <= sessions


COMMAND = re.compile(r"(?:^|[$&|`] *)imagewright ([^`\n]*)", re.M)


def commands(text):
    """Yield the words after `imagewright` in shell blocks and in inline code, up to an operator."""
    inline = re.findall(r"`(imagewright [^`\n]+)`", text)
    for line in COMMAND.findall("\n".join([*SHELL.findall(text), *inline])):
        words = shlex.split(line.partition("&&")[0].partition("|")[0], comments=True)
        ends = [at for at, word in enumerate(words) if word in {">", "2>", "…"}]
        yield words[: ends[0]] if ends else words


def parsed(words):
    """Return the command that `words` name, having parsed their options as it would."""
    command, context = cli, click.Context(cli, info_name="imagewright")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None, name
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.make_parser(context).parse_args([word for word in words if word != "--help"])
    return command


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_commands_take_the_options_that_documents_give_them(document):
    for words in commands(document.read_text("utf-8")):
        parsed(words)


def test_a_wrong_option_or_verb_in_a_document_would_be_found():
    assert parsed(["scan", "--offline"]).name == "scan"
    with pytest.raises(click.NoSuchOption):
        parsed(["scan", "--no-such-option"])
    with pytest.raises(AssertionError):
        parsed(["engine", "no-such-word"])


def test_the_readme_has_its_two_lines():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "\n./nox -s engine build test\n" in text
    assert "\n./nox -s lint unit docs e2e\n" in text


def test_every_verb_is_in_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    assert [verb for verb in VERBS if f"| `{verb}` |" not in text] == []


def test_every_room_is_on_the_map():
    text = (ROOT / "docs/rooms.md").read_text("utf-8")
    rooms = [
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "validation").iterdir()
        if not path.name.startswith("_")
    ]
    assert [room for room in rooms if f"| `{room}` |" not in text] == []


def test_every_room_is_in_the_layers_contract():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = " ".join(contracts[0]["layers"])
    rooms = [p.stem for p in (ROOT / "validation").iterdir() if not p.name.startswith("_")]
    assert [room for room in rooms if f"validation.{room}" not in layers] == []


def test_the_changelog_keeps_its_format():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    kinds = set(re.findall(r"^### (.*)$", text, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert re.search(r"^## \[Unreleased\]$", text, re.M)
    assert "Affected images:" in text
