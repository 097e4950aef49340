"""A version range in a RUN line that the shell reads as a redirection.

`RUN pip install torch>=2.6` installs any torch and writes pip's output to a file named `=2.6`;
`torch<2.6` reads a file that is not there. Quote the requirement: `pip install 'torch>=2.6'`.
Source: POSIX shell, "Redirection".
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
_RANGE = re.compile(r"(?<![\w.$/-])([A-Za-z][\w.-]*(?:\[[\w,.-]*\])?)([<>]=?\d[\w.*]*)", re.ASCII)
_OPERATOR_AND_DIGIT = re.compile(r"[<>]=?\d")  # what a range has: few files do
_OPERATOR = re.compile(r"&&|\|\||[;|\n]")


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
    bare = _QUOTED.sub(lambda match: " " * len(match[0]), instruction.whole)
    start = 0
    for end in [*(match.start() for match in _OPERATOR.finditer(bare)), len(bare)]:
        installs = _INSTALLS.search(bare, start, end)
        if installs:
            for match in _RANGE.finditer(bare, installs.end(), end):
                yield instruction.line_of(match.start()), match[0]
        start = end


RULE = rule("shell-redirect", "error", __doc__, _look)
