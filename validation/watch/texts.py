"""The files that rules read line by line: Dockerfiles, requirements, pip's settings.

Imports files, the kinds of references and rules' nouns only.
"""

import re
from collections.abc import Iterator, Sequence

from validation.watch.files import Folder
from validation.watch.references.kinds import is_dockerfile
from validation.watch.rules.rule import TextFile

_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*|requirements/.+)\.(?:txt|in)")
_SETTINGS = re.compile(r"(?:.*/)?(?:\.?pip\.(?:conf|ini)|uv\.toml)")
_TELLING = re.compile(r"trusted|insecure|-index-url|-i |[\w\]][<>]=?\d|\[ctk\]|PIP_|UV_", re.I)


def is_requirements(path: str) -> bool:
    """Return whether a path is a requirements file's by its name."""
    return _REQUIREMENTS.fullmatch(path) is not None


def is_text(path: str) -> bool:
    """Return whether rules read a path line by line."""
    return is_dockerfile(path) or is_requirements(path) or _SETTINGS.fullmatch(path) is not None


def read_texts(folder: Folder, paths: Sequence[str]) -> Iterator[TextFile]:
    """Yield the files under `paths` that hold a word which any line rule looks for."""
    for file in folder.walk(paths, is_text):
        text = folder.read(file)
        if text and is_text(file) and _TELLING.search(text):
            yield TextFile(file=file, text=text)
