"""A project's page of a simple index, in JSON or HTML, as files.

Imports refresh.readings and net.answers; pure. Sources: PEP 503 (HTML), 592 (yanked), 629
(version), 691 (JSON), 658 and 714 (metadata), 700 (upload-time).
"""

import posixpath
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec

from validation.net.answers import Answer, Refused
from validation.refresh.readings import ProjectFile, ProjectPage

JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
"""What we understand, JSON first: it alone tells when a file was uploaded."""


def parse_page(project: str, answer: Answer) -> ProjectPage:
    """Return the files of a page; raises `Refused` where it is none that we understand."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        files = _of_json(answer)
    elif kind in {"text/html", "application/vnd.pypi.simple.v1+html"}:
        files = _of_html(answer)
    else:
        raise Refused(answer.url, answer.status, f"{kind or 'untyped'} is no simple index")
    return ProjectPage(name=project, files=files)


def _of_json(answer: Answer) -> tuple[ProjectFile, ...]:
    try:
        page = msgspec.json.decode(answer.body, type=dict[str, Any])
        files, version = page["files"], str(page["meta"]["api-version"])
        if version.partition(".")[0] != "1":
            raise Refused(answer.url, answer.status, f"simple API {version} is not 1.x")
        return tuple(_json_file(file, answer.url) for file in files)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        why = f"broken JSON of a simple index: {type(error).__name__}: {error}"
        raise Refused(answer.url, answer.status, why) from error


def _json_file(file: Mapping[str, Any], base: str) -> ProjectFile:
    yanked = file.get("yanked", False)
    offered = file.get("core-metadata", file.get("dist-info-metadata"))
    uploaded = file.get("upload-time")
    requires = file.get("requires-python")
    return ProjectFile(
        filename=str(file["filename"]),
        url=urldefrag(urljoin(base, file["url"])).url,
        requires_python=str(requires) if requires else None,
        yanked=bool(yanked),
        yanked_reason=yanked if isinstance(yanked, str) else "",
        uploaded=str(uploaded) if uploaded else None,
        metadata=None if offered is None else bool(offered),
        metadata_sha256=offered.get("sha256") if isinstance(offered, dict) else None,
    )


class _Anchors(HTMLParser):
    """Collects the attributes of links, <base> and the page's version; entities are resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[dict[str, str | None]] = []
        self.base = ""
        self.version = "1.0"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and named.get("href"):
            self.links.append(named)
        elif tag == "base" and not self.base:
            self.base = named.get("href") or ""
        elif tag == "meta" and named.get("name") == "pypi:repository-version":
            self.version = named.get("content") or self.version


def _of_html(answer: Answer) -> tuple[ProjectFile, ...]:
    anchors = _Anchors()
    anchors.feed(answer.body.decode("utf-8", errors="replace"))
    anchors.close()
    if anchors.version.partition(".")[0] != "1":
        raise Refused(answer.url, answer.status, f"simple API {anchors.version} is not 1.x")
    base = urljoin(answer.url, anchors.base)
    return tuple(_html_file(link, base) for link in anchors.links)


def _html_file(link: Mapping[str, str | None], base: str) -> ProjectFile:
    url = urldefrag(urljoin(base, (link["href"] or "").strip())).url
    offered = link.get("data-core-metadata", link.get("data-dist-info-metadata"))
    algorithm, _, digest = (offered or "").partition("=")
    return ProjectFile(
        filename=unquote(posixpath.basename(urlsplit(url).path)),
        url=url,
        requires_python=link.get("data-requires-python") or None,
        yanked="data-yanked" in link,
        yanked_reason=link.get("data-yanked") or "",
        metadata=None if offered is None else offered != "false",
        metadata_sha256=digest if algorithm == "sha256" and digest else None,
    )
