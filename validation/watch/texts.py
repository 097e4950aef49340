"""The files that rules read line by line: Dockerfiles, requirements, pip's settings.

Imports files, the kinds of references and rules' nouns only.
"""

import re
from collections.abc import Iterable, Iterator

from validation.watch.files import Folder
from validation.watch.references.kinds import is_dockerfile
from validation.watch.rules.rule import TextFile

_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*|requirements/.+)\.(?:txt|in)")
_SETTINGS = re.compile(r"(?:.*/)?(?:\.?pip\.(?:conf|ini)|uv\.toml)")
_WORDS = ("trusted", "insecure", "-index-url", "-i ", "[ctk]", "pip_", "uv_")
_RANGE = re.compile(r"[<>]=?\d")


def is_requirements(path: str) -> bool:
    """Return whether a path is a requirements file's by its name."""
    return _REQUIREMENTS.fullmatch(path) is not None


def is_text(path: str) -> bool:
    """Return whether rules read a path line by line."""
    return is_dockerfile(path) or is_requirements(path) or _SETTINGS.fullmatch(path) is not None


def read_texts(folder: Folder, files: Iterable[str]) -> Iterator[TextFile]:
    """Yield those of the files that hold a word which any line rule looks for."""
    for file in files:
        text = folder.read(file) if is_text(file) else None
        if text and _is_telling(text):
            yield TextFile(file=file, text=text)


def _is_telling(text: str) -> bool:
    lower = text.lower()
    return any(word in lower for word in _WORDS) or _RANGE.search(text) is not None
