"""Our reader of Dockerfiles against BuildKit's own parser, on files written by hand and made up."""

import dockerfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validation.watch.references.instructions import (
    Instruction,
    json_form,
    read_instructions,
    split_plain,
)

# Without ${A%x} and ${A/b/c}: the package's BuildKit is older than they are.
PIECES = [
    "FROM", "from", "ARG", "RUN", "COPY", "ADD", "ONBUILD", "ENV A=b", "LABEL a=b", "CMD",
    "# c", "#", "\\", "\\\\", "`", "\n", "\n", " ", "\t", "\r\n", "\v", "\f",
    "<<", "<<E", "<<-E", '<<"E"', "<<'E F'", "3<<E", "<<E>x", "E\n", "E", "E F\n",
    "'", '"', "$", "${", "}", "${A}", "${A:-b c}", "${A^}", "$(", ")",
    "a", "b", "=", "as", "debian:12", "--from=x", "--mount=type=bind,from=y", "--", "-",
    '["a", "b"]', "[", "]", ",", "# escape=`\n", "# syntax=x\n", "#!/x\n", "<", "&&", "%", "/",
]  # fmt: skip
STARTS = ["", "FROM a\n", "RUN ", "COPY ", "ARG ", "# escape=`\n", "RUN a <<E\n", "FROM a \\\n"]

WRITTEN = [
    "FROM a\nRUN echo \\\\\nRUN b",  # a doubled mark continues nothing
    "FROM a\nRUN echo \\  \n  b \\\t\n\n# c\n  d\nRUN e",
    "RUN it's <<EOF\nFROM x\nEOF",  # an apostrophe: BuildKit sees no heredoc
    "RUN <<-EOF <<\"B C\"\n\t\tEOF\nx\nB C\n",
    "RUN x=${y^^} <<E\nFROM q\nE\n",
    "RUN cat <<EOF>x\na\nEOF>x\n",
    'RUN [ "a", "b" ] <<E\n',
    "RUN -- --mount=x",
    'COPY --from="a b" --chown=1 c d',
    "#!/x\n#syntax=y\nFROM a",
    "\\\nFROM a",
    "FROM a \\",
    "RUN <<E\r\nx\r\nE\r\n",
    "RUN cat <<E\\F\nEF\nE\\F",
    "RUN echo $((1<<2))\nFROM b",
    "ONBUILD RUN <<E\nx\nE\nFROM y",
]  # fmt: skip


def ours(text: str) -> list[tuple[object, ...]]:
    """Return each instruction as compared: keyword, lines, flags, words, heredocs."""
    return [
        (
            one.keyword,
            one.line,
            one.end_line,
            () if one.onbuild else one.flags,
            _words(one),
            () if one.onbuild else tuple((doc.name, doc.content.rstrip()) for doc in one.heredocs),
        )
        for one in read_instructions(text).instructions
    ]


def theirs(text: str) -> list[tuple[object, ...]] | None:
    """Return the same of BuildKit's parser, or None where it refuses the file."""
    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError:
        return None
    found = []
    for one in commands:
        keyword = (one.cmd or "").upper()
        onbuild = keyword == "ONBUILD"
        if onbuild:  # its heredocs are not told by the package, flags only where nothing follows
            keyword = (one.sub_cmd or "").upper()
        flags = () if onbuild else one.flags
        words = one.value if keyword == "FROM" and not onbuild else None
        documents = tuple((doc.name, doc.content.rstrip()) for doc in one.heredocs)
        found.append((keyword, one.start_line, one.end_line, flags, words, documents))
    return found


def _words(one: Instruction) -> tuple[str, ...] | None:
    if one.keyword != "FROM" or one.onbuild:
        return None
    return tuple(split_plain(one.text)) if one.text else ()


def compare(text: str) -> bool:
    """Return whether BuildKit takes the file; then both must say the same of it."""
    expected = theirs(text)
    if expected is None:
        read_instructions(text)
        return False
    assert ours(text) == expected
    return True


@pytest.mark.parametrize("text", WRITTEN)
def test_written_files_read_alike(text: str) -> None:
    assert compare(text)


@settings(max_examples=2_000, deadline=None)
@given(st.sampled_from(STARTS), st.lists(st.sampled_from(PIECES), max_size=14))
def test_made_up_files_read_alike(start: str, pieces: list[str]) -> None:
    compare(start + "".join(pieces))


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_read_alike(text: str) -> None:
    """Lone surrogates reach neither parser from a file; the package ends its text at a NUL."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", "0")
    # BuildKit takes a flag apart byte by byte; what is not ASCII there is no name of an image.
    compare(clean.replace("--", "-"))


def test_whole_dockerfiles_keep_lines_and_directives() -> None:
    text = "# syntax=docker/dockerfile:1\n# escape=`\nFROM a `\n  AS b\nRUN x `\n  # c\n  y\n"
    parsed = read_instructions(text)
    assert [(one.name, one.value, one.line) for one in parsed.directives] == [
        ("syntax", "docker/dockerfile:1", 1),
        ("escape", "`", 2),
    ]
    run = parsed.instructions[1]
    assert (run.whole, run.line, run.end_line) == ("RUN x   y", 5, 7)
    assert (run.line_at("x"), run.line_at("y")) == (5, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [('["a"]', ["a"]), ("[]", []), ("[1]", None), ("[a]", None), ("a", None), ("[" * 9999, None)],
)
def test_json_form(text: str, expected: list[str] | None) -> None:
    assert json_form(text) == expected
