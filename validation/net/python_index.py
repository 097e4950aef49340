"""A simple index of Python packages: a project's files, and the METADATA of one of them.

Imports net, refresh.readings and errors. Sources: PEP 503, 691 (negotiation), 658 (METADATA).
"""

import hashlib

from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from validation.errors import WorldFailed
from validation.net.answers import Refused
from validation.net.simple_page import ACCEPT, parse_page
from validation.net.web import MEGABYTE, Web
from validation.net.wheel_metadata import metadata_in_wheel
from validation.refresh.metadata import Metadata, parse_metadata
from validation.refresh.readings import ProjectFile, ProjectPage

_NOT_THERE = {401, 403, 404, 405, 410}


class PythonIndex:
    """An index at an address, which may hold credentials; they are used and never shown."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url.rstrip("/")

    def project(self, name: str) -> ProjectPage:
        """Return the files of a project; raises `WorldFailed` where the index does not answer."""
        url = f"{self._url}/{canonicalize_name(name)}/"
        return parse_page(name, self._web.get(url, headers={"Accept": ACCEPT}))

    def metadata(self, file: ProjectFile) -> Metadata | None:
        """Return a wheel's METADATA, None where the index does not have it.

        Read beside the wheel where it is offered or nothing is said about it (an index older than
        PEP 714), else, as pip and uv do, out of the wheel itself by ranges, a few kilobytes.
        Raises `WorldFailed` where what is served is not what the index promised.
        """
        text = None if file.metadata is False else self._beside(file)
        text = text or metadata_in_wheel(self._web, file)
        found = None if text is None else parse_metadata(text)
        if found is None:
            return None
        name, release, _, _ = parse_wheel_filename(file.filename)
        if (found.name, _version(found.version)) != (name, release):
            raise WorldFailed(f"METADATA of {file.filename} is of {found.name} {found.version}")
        return found

    def _beside(self, file: ProjectFile) -> str | None:
        try:
            answer = self._web.get(f"{file.url}.metadata", limit=4 * MEGABYTE)
        except Refused as error:
            if error.status in _NOT_THERE and not file.metadata:
                return None
            raise
        expected = file.metadata_sha256
        if expected and hashlib.sha256(answer.body).hexdigest() != expected.lower():
            raise WorldFailed(f"METADATA of {file.filename} does not have the promised SHA-256")
        return answer.body.decode("utf-8", errors="replace")


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
