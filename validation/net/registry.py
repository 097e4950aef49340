"""Tags of a repository in an OCI registry, read anonymously, page by page.

Imports net and errors. Source: OCI distribution specification, "Listing Tags" (Link header,
RFC 8288).
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

import msgspec

from validation.errors import WorldFailed
from validation.net.access import bare, origin_of
from validation.net.answers import Answer
from validation.net.oci_token import fetch_token
from validation.net.web import Web

_MOST_PAGES = 500
_PAGE = 1000


class Registry:
    """A registry at an address ("https://nvcr.io")."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url.rstrip("/")
        self._token = ""

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return every tag of a repository ("nvidia/cuda"), in the registry's order.

        Raises `WorldFailed` where a page is missing or leads nowhere: a part of a list is no list.
        """
        tags: dict[str, None] = {}
        for answer in self._pages(f"{self._url}/v2/{quote(repository)}/tags/list?n={_PAGE}"):
            page = _decoded(answer)
            listed = page.get("tags")
            if listed is None:
                listed = []  # what registries say of a repository without tags
            if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
                raise WorldFailed(f"{bare(answer.url)}: no list of tags")
            tags |= dict.fromkeys(listed)
        return tuple(tags)

    def _pages(self, url: str) -> Iterator[Answer]:
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) == _MOST_PAGES:
                raise WorldFailed(f"{bare(url)}: its pages do not end")
            seen.add(url)
            answer = self._asked(url)
            yield answer
            url = _next_page(answer)

    def _asked(self, url: str) -> Answer:
        """Return a page, with a token where the registry wants one."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        answer = self._web.get(url, headers=headers, also={401})
        if answer.status == 401:
            self._token = fetch_token(self._web, answer)
            headers = {"Authorization": f"Bearer {self._token}"}
            answer = self._web.get(url, headers=headers)
        return answer


def _next_page(answer: Answer) -> str:
    """Return the address of the next page, "" where this is the last."""
    for link in re.finditer(r"<([^>]*)>([^,<]*)", answer.headers.get("link", "")):
        if re.search(r';\s*rel\s*=\s*"?next"?', link[2], re.IGNORECASE):
            url: str = urljoin(answer.url, link[1])
            if origin_of(url) != origin_of(answer.url):
                raise WorldFailed(f"{bare(answer.url)}: its next page is on another host")
            return url
    return ""


def _decoded(answer: Answer) -> dict[str, Any]:
    try:
        page: dict[str, Any] = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise WorldFailed(f"{bare(answer.url)}: broken JSON: {error}") from error
    return page
