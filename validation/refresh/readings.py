"""What was read from an index: the shapes that `net` hands over and the merges take.

Pure; imports model only. A reading carries no credentials and no address but the files' own.
"""

from validation.model import Record


class ProjectFile(Record, frozen=True, kw_only=True):
    """One file of a project on a simple index (PEP 503, 691, 700, 714).

    `url` is absolute. `uploaded` is an ISO date-time, None where the index has none (HTML).
    `metadata` says that `url + ".metadata"` is served (PEP 658); None: the index is silent.
    """

    filename: str
    url: str
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str = ""
    uploaded: str | None = None
    metadata: bool | None = None
    metadata_sha256: str | None = None


class ProjectPage(Record, frozen=True, kw_only=True):
    """A project's files as an index lists them; no file at all means an empty index."""

    name: str
    files: tuple[ProjectFile, ...]
