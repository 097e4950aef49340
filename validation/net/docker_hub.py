"""Tags of a repository by Docker Hub's own API, which is not rate-limited as its registry is.

Imports net and errors. Source: Docker Hub API reference, "List repository tags": pages of at most
100 `results`, the address of the next page in `next`, the number of all in `count`.
"""

from urllib.parse import quote, urljoin

import msgspec

from validation.errors import WorldFailed
from validation.model import Record
from validation.net.access import bare, origin_of
from validation.net.web import Web

_MOST_PAGES = 500
_PAGE = 100


class _Tag(Record, frozen=True, kw_only=True):
    name: str


class _Page(Record, frozen=True, kw_only=True):
    count: int
    results: tuple[_Tag, ...]
    next: str | None = None


def hub_tags(web: Web, url: str, repository: str) -> tuple[str, ...]:
    """Return every tag of a repository ("nvidia/cuda") from the API at `url`.

    Raises `WorldFailed` where a page is missing or leads elsewhere, or where fewer tags came than
    a page counted: a part of a list is no list.
    """
    here: str | None = f"{url.rstrip('/')}/v2/repositories/{quote(repository)}/tags/"
    here = f"{here}?page_size={_PAGE}"
    origin, tags, seen, count = origin_of(here), dict[str, None](), set[str](), 0
    while here:
        if here in seen or len(seen) == _MOST_PAGES:
            raise WorldFailed(f"{bare(here)}: its pages do not end")
        if origin_of(here) != origin:
            raise WorldFailed(f"{bare(url)}: its next page is on another host")
        seen.add(here)
        answer = web.get(here)
        try:
            page = msgspec.json.decode(answer.body, type=_Page)
        except msgspec.DecodeError as error:
            raise WorldFailed(f"{bare(here)}: broken page of tags: {error}") from error
        tags |= dict.fromkeys(tag.name for tag in page.results)
        count = max(count, page.count)
        here = urljoin(here, page.next) if page.next else None
    if len(tags) < count:
        raise WorldFailed(
            f"{bare(url)}: {len(tags)} tags of {repository} came, it counts {count}",
            hint="run it again: tags may have moved between pages while they were read",
        )
    return tuple(tags)
