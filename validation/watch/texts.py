"""The files that rules read line by line: Dockerfiles, requirements, pip's settings.

Imports files, the kinds of references and rules' nouns only.
"""

import re
from collections.abc import Iterable, Iterator

from validation.watch.files import Folder
from validation.watch.references.kinds import is_text
from validation.watch.rules.rule import TextFile

_WORDS = ("trusted", "insecure", "-index-url", "-i ", "[ctk]", "pip_", "uv_")
_RANGE = re.compile(r"[<>]=?[ \t]*\d")


def read_texts(folder: Folder, files: Iterable[str]) -> Iterator[TextFile]:
    """Yield those of the files that hold a word which any line rule looks for."""
    for file in files:
        text = folder.read(file) if is_text(file) else None
        if text and _is_telling(text):
            yield TextFile(file=file, text=text)


def _is_telling(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _WORDS) or _RANGE.search(text) is not None
