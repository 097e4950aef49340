"""Answers are whole or refused; waits, sizes and tries are bounded; passwords stay at home."""

import gzip
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import urllib3

from validation.errors import WorldFailed
from validation.net.access import Access, access_of
from validation.net.answers import Answer, Refused, failure
from validation.net.web import TRIES, Web
from validation.render.installer import InstallerConfig

PASSWORD = "correct-horse"  # noqa: S105  (made up, searched for below)


def test_a_whole_answer(web, served, reply):
    served.routes["/a?b=c"] = reply(b"hello", headers={"X-Two": "2"})
    answer = web.get(f"{served.url}/a?b=c#fragment")
    assert (answer.body, answer.status, answer.headers["x-two"]) == (b"hello", 200, "2")


def test_gzip_is_unpacked(web, served, reply):
    packed = gzip.compress(b"a" * 5000)
    served.routes["/a"] = reply(packed, headers={"Content-Encoding": "gzip"})
    assert web.get(f"{served.url}/a").body == b"a" * 5000
    assert "gzip" in served.requests[0][1]["Accept-Encoding"]


def test_broken_gzip_is_no_answer(web, served, reply):
    served.routes["/a"] = reply(b"no gzip at all", headers={"Content-Encoding": "gzip"})
    with pytest.raises(WorldFailed, match=r"packed answer is broken \(4 tries\)"):
        web.get(f"{served.url}/a")


def test_the_limit_holds_for_the_unpacked_body(web, served, reply):
    bomb = gzip.compress(b"\0" * 3_000_000)
    assert len(bomb) < 10_000
    served.routes["/a"] = reply(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Refused, match="longer than 1 MB"):
        web.get(f"{served.url}/a", limit=1_000_000)
    assert len(served.requests) == 1


def test_a_truncated_body_is_asked_for_again(web, served, reply, pauses):
    served.routes["/a"] = [reply(b"half", length=8), reply(b"all of it")]
    assert web.get(f"{served.url}/a").body == b"all of it"
    assert pauses == [1.0]


def test_a_body_that_stays_truncated_is_no_answer(web, served, reply):
    served.routes["/a"] = reply(b"half", length=8)
    with pytest.raises(WorldFailed, match=r"/a: the answer ended early \(4 tries\)"):
        web.get(f"{served.url}/a")
    assert len(served.requests) == TRIES


def test_a_refusal_is_not_asked_again(web, served, pauses):
    with pytest.raises(Refused, match="/nothing: HTTP 404") as caught:
        web.get(f"{served.url}/nothing?token=secret")
    assert caught.value.status == 404
    assert "secret" not in caught.value.what
    assert len(served.requests) == 1
    assert not pauses


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_failures_are_tried_again_with_growing_pauses(web, served, reply, pauses, status):
    served.routes["/a"] = [*[reply(status=status)] * 3, reply(b"there")]
    assert web.get(f"{served.url}/a").body == b"there"
    assert pauses == [1.0, 2.0, 4.0]


def test_tries_end(web, served, reply, pauses):
    served.routes["/a"] = reply(status=503)
    with pytest.raises(Refused, match=r"HTTP 503 \(4 tries\)") as caught:
        web.get(f"{served.url}/a")
    assert caught.value.status == 503
    assert len(served.requests) == TRIES == len(pauses) + 1


def test_retry_after_in_seconds_is_kept(web, served, reply, pauses):
    served.routes["/a"] = [reply(status=429, headers={"Retry-After": "7"}), reply(b"there")]
    assert web.get(f"{served.url}/a").body == b"there"
    assert pauses == [7.0]


def test_retry_after_as_a_date_is_kept(web, served, reply, pauses):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    served.routes["/a"] = [reply(status=503, headers={"Retry-After": date}), reply(b"there")]
    assert web.get(f"{served.url}/a").body == b"there"
    assert 15 < pauses[0] <= 20


def test_a_retry_after_beyond_reason_is_not_waited_for(web, served, reply, pauses):
    served.routes["/a"] = reply(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(Refused, match=r"HTTP 429, asks to wait 3600 s \(1 try\)"):
        web.get(f"{served.url}/a")
    assert not pauses


def test_a_silent_server_is_not_waited_for_long(served, reply, pauses):
    served.routes["/a"] = reply(hang=True)
    patience = urllib3.Timeout(connect=1, read=0.05)
    with (
        Web(Access(), pause=pauses.append, patience=patience) as web,
        pytest.raises(WorldFailed, match=r"no answer in time \(4 tries\)"),
    ):
        web.get(f"{served.url}/a")


def test_nobody_listens(web):
    with pytest.raises(WorldFailed, match=r"no connection \(4 tries\)"):
        web.get("http://127.0.0.1:9/a")  # the discard port: nothing listens there


@pytest.mark.parametrize("url", ["/no/scheme", "ftp://127.0.0.1/a", "http:///a"])
def test_no_address(web, url):
    with pytest.raises(WorldFailed, match="not the address of a web server"):
        web.get(url)


def test_redirects_are_followed(web, served, reply):
    served.routes["/a"] = reply(status=301, headers={"Location": "b/c"})
    served.routes["/b/c"] = reply(b"here")
    answer = web.get(f"{served.url}/a")
    assert (answer.body, answer.url) == (b"here", f"{served.url}/b/c")


def test_redirects_that_go_round_end(web, served, reply):
    served.routes["/a"] = reply(status=302, headers={"Location": "/a"})
    with pytest.raises(Refused, match="more than 5 redirects"):
        web.get(f"{served.url}/a")


def test_a_redirect_never_leaves_tls(web, monkeypatch):
    def once(url, *_):
        return Answer(url=url, status=301, headers={"location": "http://a.example/"}, body=b"")

    monkeypatch.setattr(web, "_once", once)
    with pytest.raises(Refused, match="redirects from https to plain http"):
        web.get("https://a.example/")


def login_for(served) -> Access:
    return access_of(
        InstallerConfig(index_url=served.url.replace("//", f"//builder:{PASSWORD}@") + "/simple")
    )


def test_credentials_go_to_their_own_host_only(served, elsewhere, reply):
    served.routes["/a"] = reply(status=302, headers={"Location": f"{elsewhere.url}/b"})
    elsewhere.routes["/b"] = reply(b"there")
    with Web(login_for(served)) as web:
        assert web.get(f"{served.url}/a").body == b"there"
    assert served.requests[0][1]["Authorization"].startswith("Basic ")
    assert "Authorization" not in elsewhere.requests[0][1]


def test_a_header_of_the_caller_does_not_follow_to_another_host(web, served, elsewhere, reply):
    served.routes["/a"] = reply(status=307, headers={"Location": f"{elsewhere.url}/b"})
    elsewhere.routes["/b"] = reply(b"there")
    web.get(f"{served.url}/a", headers={"Authorization": "Bearer token"})
    assert "Authorization" not in elsewhere.requests[0][1]


def test_a_password_is_in_no_message_and_no_log(served, caplog):
    caplog.set_level(logging.DEBUG)
    with Web(login_for(served)) as web, pytest.raises(Refused) as caught:
        web.get(served.url.replace("//", f"//builder:{PASSWORD}@") + "/nothing")
    assert PASSWORD not in caught.value.what + caplog.text
    assert "Authorization" in served.requests[0][1]


def test_a_proxy_is_used_and_its_password_told_to_it_alone(served, reply, pauses):
    served.routes["http://far.example/a"] = reply(b"by proxy")
    proxy = served.url.replace("//", f"//me:{PASSWORD}@")
    access = access_of(InstallerConfig(proxies={"http_proxy": proxy, "NO_PROXY": "near.example"}))
    with Web(access, pause=pauses.append) as web:
        assert web.get("http://far.example/a").body == b"by proxy"
    assert served.requests[0][1]["Proxy-Authorization"].startswith("Basic ")
    assert access.proxy("http://near.example/a") is None


def test_a_dead_proxy_is_told_without_its_password(pauses):
    access = Access(proxies={"http": f"http://me:{PASSWORD}@127.0.0.1:9"})
    with Web(access, pause=pauses.append) as web, pytest.raises(WorldFailed) as caught:
        web.get("http://far.example/a")
    assert PASSWORD not in caught.value.what
    assert "far.example" in caught.value.what


def test_tls_failures_name_the_setting_and_are_not_tried_again():
    error = failure("https://u:p@a.example/x", urllib3.exceptions.SSLError("certificate"))
    assert isinstance(error, WorldFailed)
    assert error.what == "https://a.example/x: TLS: certificate"
    assert "PIP_CERT" in error.hint
