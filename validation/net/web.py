"""The one way to get something over HTTP: bounded in time, size and tries; credentials kept in.

Imports net and errors. urllib3 carries it: it is installed anyway (Docker's client stands
on it), its pool may be used from several threads, it notices bodies that end early, and it takes
nothing from the environment by itself. Redirects, retries and credentials are decided here, so
that a password never follows a redirect to another host. httpx would add four packages for nothing
that a few dozen requests from four threads need.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import unquote, urlencode, urljoin, urlsplit, urlunsplit

import urllib3
from urllib3 import exceptions

from validation.errors import WorldFailed
from validation.net.access import Access, bare, origin_of
from validation.net.answers import Answer, Passing, Refused, asked_pause, failure

MEGABYTE = 1_000_000
TRIES = 4
LONGEST_PAUSE = 30.0
"""Seconds that we wait between two tries, whatever the server asks for."""
LONGEST_ANSWER = 180.0
"""Seconds that one answer may take as a whole, so that a server that drips ends too."""
_REDIRECTS = 5
_PATIENCE = urllib3.Timeout(connect=10, read=30)
_STATUSES_THAT_PASS = {429, 500, 502, 503, 504}
_BLOCK = 65536


class _Request(NamedTuple):
    """What is asked for: `limit` bytes of a body at most, one of the statuses that are wanted."""

    method: Literal["GET", "HEAD", "POST"]
    url: str
    headers: Mapping[str, str]
    limit: int
    wanted: Collection[int]
    form: bytes | None = None


class Web:
    """HTTP for a person's settings; safe to use from several threads; close it (`with`)."""

    def __init__(
        self,
        access: Access,
        *,
        connections: int = 4,
        patience: urllib3.Timeout = _PATIENCE,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._access = access
        self._pause = pause
        self._options: dict[str, Any] = {
            "ssl_context": access.tls(),
            "timeout": patience,
            "maxsize": connections,
            "block": True,
            "retries": False,
        }
        self._opening = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in self._pools.values():
            pool.clear()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = 64 * MEGABYTE,
        also: Collection[int] = (),
    ) -> Answer:
        """Return the answer to a GET, redirects followed.

        `limit` are the bytes that the unpacked body may have; `also` are statuses beside 200 that
        the caller knows what to do with. Raises `Refused` for any other, and `WorldFailed` where
        no whole answer came.
        """
        return self._ask(_Request("GET", url, dict(headers or {}), limit, {200, *also}))

    def head(
        self, url: str, *, headers: Mapping[str, str] | None = None, also: Collection[int] = ()
    ) -> Answer:
        """Return the answer to a HEAD: as `get`, without a body."""
        return self._ask(_Request("HEAD", url, dict(headers or {}), MEGABYTE, {200, *also}))

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Return the answer to a form, which may hold a secret: it follows no redirect."""
        return self._ask(_Request("POST", url, {}, MEGABYTE, {200}, urlencode(form).encode()))

    def _ask(self, request: _Request) -> Answer:
        for tried in range(1, TRIES + 1):
            try:
                return self._follow(request)
            except Passing as error:
                wanted = 0.5 * 2**tried if error.pause is None else error.pause
                if tried == TRIES or wanted > LONGEST_PAUSE:
                    times = f"{tried} {'try' if tried == 1 else 'tries'}"
                    asked = f", asks to wait {wanted:.0f} s" if wanted > LONGEST_PAUSE else ""
                    why = f"{error}{asked} ({times})"
                    raise _given_up(request.url, error, why) from error
                self._pause(wanted)
        raise AssertionError("the last try returns or raises")

    def _follow(self, request: _Request) -> Answer:
        start = url = without_login(request.url)
        headers = dict(request.headers)
        for _ in range(_REDIRECTS + 1):
            answer = self._once(request, url, headers)
            if answer.status in request.wanted:
                return answer
            if answer.status in {301, 302, 303, 307, 308} and answer.headers.get("location"):
                if request.form is not None:
                    raise Refused(start, answer.status, "sends a secret on to another address")
                target = without_login(urljoin(url, answer.headers["location"]))
                if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                    raise Refused(start, answer.status, "redirects from https to plain http")
                if origin_of(target) != origin_of(url):
                    headers.pop("Authorization", None)
                url = target
            elif answer.status in _STATUSES_THAT_PASS:
                pause = asked_pause(answer.headers)
                raise Passing(f"HTTP {answer.status}", pause, answer.status)
            else:
                raise Refused(start, answer.status)
        raise Refused(start, 310, f"more than {_REDIRECTS} redirects")

    def _once(self, request: _Request, url: str, headers: Mapping[str, str]) -> Answer:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise WorldFailed(f"{bare(url)}: not the address of a web server")
        login = self._access.login(url)
        sent = {"Accept-Encoding": "gzip, deflate", "User-Agent": "imagewright", **headers}
        if request.form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif login is not None and "Authorization" not in sent:
            basic = urllib3.make_headers(basic_auth=":".join(login))
            sent["Authorization"] = basic["authorization"]
        try:
            pool = self._pool(self._access.proxy(url))
            response = pool.request(
                request.method,
                url,
                body=request.form,
                headers=sent,
                redirect=False,
                preload_content=False,
            )
        except exceptions.HTTPError as error:
            raise failure(url, error) from error
        try:
            body = _read(url, response, request.limit)
        except BaseException as error:
            response.close()  # what is left of the body is not worth reading
            if isinstance(error, exceptions.HTTPError):
                raise failure(url, error) from error
            raise
        finally:
            response.release_conn()
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url=url, status=response.status, headers=named, body=body)

    def _pool(self, proxy: str | None) -> urllib3.PoolManager:
        with self._opening:
            found = self._pools.get(proxy)
            if found is None:
                found = self._pools[proxy] = _open_pool(proxy, self._options)
            return found


def _given_up(url: str, error: Passing, why: str) -> WorldFailed:
    """Return what to raise when the last try failed: `Refused` where the server answered."""
    if error.status is None:
        return WorldFailed(f"{bare(url)}: {why}")
    return Refused(url, error.status, why)


def _open_pool(proxy: str | None, options: Mapping[str, Any]) -> urllib3.PoolManager:
    """Return connections of our own, straight or through a proxy, whose address may log in."""
    if proxy is None:
        return urllib3.PoolManager(**options)
    login = unquote(urlsplit(proxy).netloc.rpartition("@")[0])
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
    where = without_login(proxy if "://" in proxy else f"http://{proxy}")
    return urllib3.ProxyManager(where, proxy_headers=headers, **options)


def without_login(url: str) -> str:
    """Return an address without user, password and fragment, query kept: what is requested."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _read(url: str, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    """Return the unpacked body; raises where it is too long or takes too long."""
    body, end = bytearray(), time.monotonic() + LONGEST_ANSWER
    for block in response.stream(_BLOCK, decode_content=True):
        body += block
        if len(body) > limit:
            raise Refused(url, response.status, f"answer is longer than {limit / MEGABYTE:g} MB")
        if time.monotonic() > end:
            raise Passing(f"no whole answer within {LONGEST_ANSWER:.0f} s")
    return bytes(body)
