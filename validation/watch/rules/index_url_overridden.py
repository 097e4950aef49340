"""Two --index-url lines in one requirements file.

pip reads options of a requirements file for the whole file: the last --index-url wins for every
requirement, also those above it. A line that should fetch torch from PyTorch's index then fetches
everything from there, or nothing. Use one --index-url, and --extra-index-url or one file for each
index. Source: pip's reference, "Requirements File Format".
"""

import re
from collections.abc import Iterator

from validation.watch.nouns import Place
from validation.watch.references.kinds import is_requirements
from validation.watch.rules.rule import Scanned, Seen, TextFile, rule

_INDEX = re.compile(r"\s*(?:-i|--index-url)(?:\s+|\s*=\s*)(\S+)")


def _look(scanned: Scanned) -> Seen:
    for text in scanned.texts:
        if is_requirements(text.file) and text.text.count("-i") > 1:
            yield from _overridden(text)


def _overridden(file: TextFile) -> Iterator[tuple[Place, str, str]]:
    lines = enumerate(file.text.splitlines(), start=1)
    named = [(number, match[1]) for number, line in lines if (match := _INDEX.match(line))]
    for number, url in named[:-1]:
        last, winner = named[-1]
        if url != winner:
            message = f"--index-url is overridden for all requirements by line {last}'s"
            fix = "keep one --index-url; --extra-index-url adds another"
            yield Place(file=file.file, line=number), message, fix


RULE = rule("index-url-overridden", "error", __doc__, _look)
