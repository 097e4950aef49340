"""A version range in a RUN line that the shell reads as a redirection.

`RUN pip install torch>=2.6` installs any torch and writes pip's output to a file named `=2.6`;
`torch<2.6` reads a file that is not there, and a blank before the range changes nothing. Quote the
requirement: `pip install 'torch>=2.6'`. A heredoc that the shell runs is looked into, one that
another program reads is not. Source: POSIX shell, "Redirection".
"""

import re
from collections.abc import Iterator

from validation.watch.nouns import Place
from validation.watch.references.instructions import Instruction, json_form, read_instructions
from validation.watch.references.kinds import is_dockerfile
from validation.watch.rules.rule import Scanned, Seen, rule

_QUOTED = re.compile(r"""\\.|"(?:[^"\\]|\\.)*+"|'[^']*+'""", re.DOTALL)
_INSTALLS = re.compile(
    r"\b(?:pip[\d.]*|uv|conda|mamba|micromamba|poetry)\s[^;|&]*?\b(?:install|add)\s"
)
_RANGE = re.compile(
    r"(?<![\w.$/-])([A-Za-z][\w.-]*(?:\[[\w,.-]*\])?)"
    r"(?:[<>]=?\d[\w.*]*"
    r"|[ \t]*[<>]=[ \t]*\d[\w.*]*"  # no file is ever meant to be named "=" or "=2.0"
    r"|[ \t]+[<>][ \t]*\d+(?:\.\d+)+(?![\w./-]))",  # a version's numbers alone: not 2.log
    re.ASCII,
)
_OPERATOR_AND_DIGIT = re.compile(r"[<>]=?[ \t]*\d")  # what a range has: few files do
_OPERATOR = re.compile(r"&&|\|\||[;|\n]")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
_RUN_BY_THE_SHELL = re.compile(r"\d*<<-?\S+|(?:/usr)?(?:/bin/)?(?:ba|da|z|k)?sh|-[a-z]+", re.ASCII)
"""The words that a RUN line may hold beside heredocs, for a shell to run what is in them."""

_SHEBANG = re.compile(r"#!(?!.*\b(?:ba|da|z|k)?sh\b)")


def _look(scanned: Scanned) -> Seen:
    for text in scanned.texts:
        if is_dockerfile(text.file) and _OPERATOR_AND_DIGIT.search(text.text):
            for instruction in read_instructions(text.text).instructions:
                for line, found in _redirections(instruction):
                    message = f"the shell reads {found} as a redirection to or from a file"
                    yield Place(file=text.file, line=line), message, f"quote it: '{found}'"


def _redirections(instruction: Instruction) -> Iterator[tuple[int, str]]:
    """Yield line and text of each unquoted range in what an instruction's shell installs."""
    if instruction.keyword != "RUN" or json_form(instruction.text) is not None:
        return
    for at, found in _ranges(instruction.whole):
        yield instruction.line_of(at), found
    if all(_RUN_BY_THE_SHELL.fullmatch(word) for word in instruction.text.split()):
        for heredoc in instruction.heredocs:
            if not _SHEBANG.match(heredoc.content):
                for at, found in _ranges(heredoc.content):
                    yield heredoc.line + heredoc.content.count("\n", 0, at), found


def _ranges(script: str) -> Iterator[tuple[int, str]]:
    """Yield offset and text of each unquoted range in what a shell script installs.

    Blanks of the same length take the place of quotes, line joins and comments: offsets stay.
    """
    bare = _COMMENT.sub(_blank, _QUOTED.sub(_blank, script))
    start = 0
    for end in [*(match.start() for match in _OPERATOR.finditer(bare)), len(bare)]:
        installs = _INSTALLS.search(bare, start, end)
        if installs:
            for match in _RANGE.finditer(bare, installs.end(), end):
                yield match.start(), match[0]
        start = end


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


RULE = rule("shell-redirect", "error", __doc__, _look)
