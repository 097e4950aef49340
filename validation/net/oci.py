"""One tag in an OCI registry: whether it is there, as which digest, and what its config says.

Imports net, files and errors. Source: OCI distribution specification, "Pulling manifests", and
OCI image specification. HEAD comes first: Docker Hub counts only GETs of manifests against the
pulls of a day. What a digest names never changes, so that what was read of one is kept on disk and
a known digest costs one HEAD. The image's layers are never read.
"""

import datetime
import hashlib
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from validation.errors import WorldFailed
from validation.files import disk_failure
from validation.model import Record
from validation.net.answers import Answer, Refused
from validation.net.docker_config import DockerLogins
from validation.net.oci_token import authorize
from validation.net.web import MEGABYTE, Web

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT = ", ".join((*_INDEXES, *_MANIFESTS))
_LARGEST = 4 * MEGABYTE
"""Bytes of a manifest or config; the specification recommends to take manifests up to 4 MiB."""
_SPARED = 10
"""Pulls that are left to the person: below it only HEADs are sent."""
_SILENCING = {429, 500, 502, 503, 504}
"""What a registry answers, after all tries, that has had enough or has failed as a whole."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class TagAnswer(Record, frozen=True, kw_only=True):
    """What a registry said of a tag; `problem` says what could not be read, and why."""

    exists: Literal["yes", "no", "unknown"]
    digest: str = ""
    created: datetime.date | None = None
    environment: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    problem: str = ""


class Config(Record, frozen=True, kw_only=True):
    """What is kept of an image's config."""

    created: datetime.date | None = None
    environment: dict[str, str] = {}  # noqa: RUF012  (msgspec copies an empty default)
    labels: dict[str, str] = {}  # noqa: RUF012  (as above)


class OciRegistry:
    """A registry at an address; safe to use from several threads.

    `host` is the name that references and logins use ("docker.io"). Once it was not reached it is
    not asked again: `silent` says why, and every further tag gets that answer at once.
    """

    def __init__(self, web: Web, url: str, host: str, logins: DockerLogins, cache: Path) -> None:
        self._web = web
        self._url = url.rstrip("/")
        self._host = host
        self._logins = logins
        self._cache = cache
        self._lock = threading.Lock()
        self._granted: dict[str, str] = {}
        self._pulls_left: int | None = None
        self.silent = ""

    def tag(self, repository: str, name: str, platform: str) -> TagAnswer:
        """Return the answer about a tag or digest; never raises for what the world does."""
        if self.silent:
            return TagAnswer(exists="unknown", problem=self.silent)
        try:
            told = self._ask("HEAD", repository, f"manifests/{name}", also={404})
        except Refused as error:
            if error.status in _SILENCING:
                self.silent = error.what
            return TagAnswer(exists="unknown", problem=error.what)
        except WorldFailed as error:
            self.silent = error.what
            return TagAnswer(exists="unknown", problem=error.what)
        if told.status == 404:
            return TagAnswer(exists="no")
        digest = told.headers.get("docker-content-digest", "")
        try:
            digest, config = self._config(repository, name, digest, platform)
        except WorldFailed as error:
            return TagAnswer(exists="yes", digest=digest, problem=error.what)
        return TagAnswer(
            exists="yes",
            digest=digest,
            created=config.created,
            environment=config.environment,
            labels=config.labels,
        )

    def _config(self, repository: str, name: str, digest: str, platform: str) -> tuple[str, Config]:
        """Return the digest of a tag and its image's config, from the disk where it is known."""
        kept = self._kept(digest, platform)
        if kept is not None:
            return digest, kept
        if self._pulls_left is not None and self._pulls_left < _SPARED:
            raise WorldFailed(f"{self._host}: only {self._pulls_left} pulls are left; not read")
        body = self._blob(repository, f"manifests/{digest or name}", digest)
        digest = digest or _digest(body)
        manifest = _decoded(body)
        if isinstance(manifest.get("manifests"), list):
            chosen = _chosen(manifest["manifests"], platform)
            manifest = _decoded(self._blob(repository, f"manifests/{chosen}", chosen))
        config = manifest.get("config")
        wanted = config.get("digest", "") if isinstance(config, dict) else ""
        if not isinstance(wanted, str) or not _DIGEST.fullmatch(wanted):
            raise WorldFailed(f"{self._host}/{repository}: a manifest without a config")
        found = _read_config(_decoded(self._blob(repository, f"blobs/{wanted}", wanted)))
        self._keep(digest, platform, found)
        return digest, found

    def _blob(self, repository: str, path: str, digest: str) -> bytes:
        """Return what a digest names, checked: a truncated or changed body is not it."""
        body = self._ask("GET", repository, path).body
        if digest and _DIGEST.fullmatch(digest) and _digest(body) != digest:
            raise WorldFailed(f"{self._host}/{repository}/{path}: the body is not what it names")
        return body

    def _ask(
        self,
        method: Literal["GET", "HEAD"],
        repository: str,
        path: str,
        also: set[int] | None = None,
    ) -> Answer:
        url = f"{self._url}/v2/{quote(repository)}/{quote(path, safe='/:@')}"
        expected = {401, *(also or ())}
        answer = self._send(method, url, self._granted.get(repository), expected)
        if answer.status == 401:
            granted = authorize(self._web, answer, self._logins.login(self._host))
            self._granted[repository] = granted
            answer = self._send(method, url, granted, expected)
        if answer.status == 401:
            raise Refused(url, 401, "HTTP 401: it needs another login than docker has")
        self._count(answer)
        return answer

    def _send(self, method: str, url: str, granted: str | None, also: set[int]) -> Answer:
        headers = {"Accept": _ACCEPT} | ({"Authorization": granted} if granted else {})
        if method == "HEAD":
            return self._web.head(url, headers=headers, also=also)
        return self._web.get(url, headers=headers, limit=_LARGEST, also=also)

    def _count(self, answer: Answer) -> None:
        left = re.match(r"\d+", answer.headers.get("ratelimit-remaining", ""))
        if left:
            with self._lock:
                known = self._pulls_left
                self._pulls_left = int(left[0]) if known is None else min(known, int(left[0]))

    def _path(self, digest: str, platform: str) -> Path | None:
        if not _DIGEST.fullmatch(digest):
            return None
        return self._cache / digest[7:9] / f"{digest[7:]}-{platform.replace('/', '-')}.json"

    def _kept(self, digest: str, platform: str) -> Config | None:
        path = self._path(digest, platform)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Config) if path else None
        except (OSError, msgspec.DecodeError):
            return None  # not there, or not ours: it is read anew

    def _keep(self, digest: str, platform: str, config: Config) -> None:
        path = self._path(digest, platform)
        if path is None:
            return
        # Whole or not there, but never synced to the disk: what is lost is only read again.
        part = path.with_suffix(f".{threading.get_native_id()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(config))
            part.replace(path)
        except OSError as error:
            raise disk_failure("write", path, error) from error


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise WorldFailed(f"broken JSON from the registry: {error}") from error


def _chosen(manifests: list[Any], platform: str) -> str:
    """Return the digest of an index's manifest for a platform, else of its first image."""
    found: dict[str, str] = {}
    for each in manifests:
        if isinstance(each, dict) and _DIGEST.fullmatch(str(each.get("digest"))):
            told = each.get("platform")
            told = told if isinstance(told, dict) else {}
            name = f"{told.get('os')}/{told.get('architecture')}"
            found.setdefault(name, each["digest"])
    images = [digest for name, digest in found.items() if name != "unknown/unknown"]
    if not images:
        raise WorldFailed("an index without any image")
    return found.get("/".join(platform.split("/")[:2]), images[0])


def _read_config(table: dict[str, Any]) -> Config:
    inner = table.get("config")
    inner = inner if isinstance(inner, dict) else {}
    lines = [line for line in inner.get("Env") or () if isinstance(line, str)]
    labels = inner.get("Labels")
    labels = labels if isinstance(labels, dict) else {}
    return Config(
        created=_day(table.get("created")),
        environment=dict(line.partition("=")[::2] for line in lines),
        labels={str(name): str(value) for name, value in labels.items()},
    )


def _day(text: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
