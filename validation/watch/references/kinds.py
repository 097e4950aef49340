"""Which files are read, and by which reader: the registry.

Imports the readers. A file's path decides; for YAML without a telling name its first lines do.

Not read: templates (Dockerfile.j2 and the like: what they render is), and what only shares the
name (Dockerfile.md, dockerfile.py).
"""

import re
from collections.abc import Callable

from validation.watch.references.build_matrix import MATRIX_NAME
from validation.watch.references.compose import read_compose
from validation.watch.references.devcontainer import read_devcontainer
from validation.watch.references.github import read_action, read_workflow
from validation.watch.references.gitlab import read_gitlab
from validation.watch.references.kubernetes import read_kubernetes
from validation.watch.references.own_matrix import is_own_matrix, read_own_matrix
from validation.watch.references.records import Reading, Source

Reader = Callable[[Reading], None]

_DOCKERFILE = re.compile(
    r"(?:Dockerfile|Containerfile|dockerfile|containerfile)(?:[._-].*)?|.+\.(?:docker|container)file",
    re.IGNORECASE,
)
_NOT_DOCKERFILE = re.compile(
    r".*(?:\.(?:dockerignore|containerignore|md|rst|adoc|html?|py|go|rs|js|mjs|ts|java|kt|rb|php|c|h|cc|cpp"
    r"|sh|bash|ps1|json|toml|ya?ml|xml|lock|log|diff|patch|swp|zip|gz|tar"
    r"|j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|in)|~)",
    re.IGNORECASE,
)
_BY_PATH: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml"), read_workflow),
    (re.compile(r"(?:.*/)?action\.ya?ml"), read_action),
    (re.compile(r"(?:.*/)?(?:docker-|podman-)?compose(?:[._-][^/]*)?\.ya?ml", re.I), read_compose),
    (re.compile(r"(?:.*/)?(?:[^/]*\.)?gitlab-ci(?:[._-][^/]*)?\.ya?ml"), read_gitlab),
    (re.compile(r"(?:.*/)?\.gitlab/(?:.*/)?[^/]+\.ya?ml"), read_gitlab),
    (re.compile(r"(?:.*/)?\.?devcontainer\.json"), read_devcontainer),
)
_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*|requirements/.+)\.(?:txt|in)")
_SETTINGS = re.compile(r"(?:.*/)?(?:\.?pip\.(?:conf|ini)|uv\.toml)")
_API_VERSION = re.compile(r"""^["']?apiVersion["']?[ \t]*:""", re.MULTILINE)
_KIND = re.compile(r"""^["']?kind["']?[ \t]*:""", re.MULTILINE)


def is_dockerfile(path: str) -> bool:
    """Return whether a path is a Dockerfile's or Containerfile's."""
    name = path.rpartition("/")[2]
    return _DOCKERFILE.fullmatch(name) is not None and _NOT_DOCKERFILE.fullmatch(name) is None


def is_candidate(path: str) -> bool:
    """Return whether a path is worth reading: a Dockerfile, YAML, or devcontainer.json."""
    return path.endswith((".yaml", ".yml", "devcontainer.json")) or is_dockerfile(path)


def is_requirements(path: str) -> bool:
    """Return whether a path is a requirements file's by its name."""
    return _REQUIREMENTS.fullmatch(path) is not None


def is_text(path: str) -> bool:
    """Return whether rules read a path line by line."""
    return is_dockerfile(path) or is_requirements(path) or _SETTINGS.fullmatch(path) is not None


def is_build_matrix(path: str) -> bool:
    """Return whether a path's name says that it holds a matrix for a Dockerfile beside it."""
    return MATRIX_NAME.fullmatch(path.rpartition("/")[2]) is not None


def reader_of(source: Source) -> Reader | None:
    """Return what reads a file that is no Dockerfile, or None."""
    for pattern, reader in _BY_PATH:
        if pattern.fullmatch(source.file):
            return reader
    if not source.file.endswith((".yaml", ".yml")):
        return None
    if is_own_matrix(source):
        return read_own_matrix
    if _API_VERSION.search(source.text) and _KIND.search(source.text):
        return read_kubernetes
    return None
