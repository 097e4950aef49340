"""What a 401 asks for, and what is sent: nothing, a password, or an identity token in a form."""

from urllib.parse import parse_qsl

import pytest

from validation.errors import WorldFailed
from validation.net.access import Access
from validation.net.answers import Answer, Refused
from validation.net.docker_config import Login
from validation.net.oci_token import authorize
from validation.net.web import Web

PERSON = Login(user="me", password="p:w")
TOKEN = Login(identity_token="refresh&me")


@pytest.fixture
def web():
    with Web(Access(), pause=lambda _: None) as one:
        yield one


def refusal(header, url="http://registry.test/v2/"):
    return Answer(url=url, status=401, headers={"www-authenticate": header}, body=b"")


@pytest.fixture
def bearer(served):
    rest = 'service="r",scope="repository:a/b:pull"'
    return refusal(f'Bearer realm="{served.url}/token",{rest}')


ASKED = "/token?service=r&scope=repository%3Aa%2Fb%3Apull"


@pytest.mark.parametrize("known", [{}, {PERSON: "Basic bWU6cDp3"}], ids=["anonymous", "password"])
def test_a_token_is_asked_for_by_get(web, served, reply, bearer, known):
    served.routes[ASKED] = reply(b'{"token": "t"}')
    login = next(iter(known), None)
    assert authorize(web, bearer, login) == "Bearer t"
    ((_, headers),) = served.requests
    assert headers.get("Authorization") == known.get(login)


def test_an_identity_token_goes_into_a_form_and_not_into_the_address(web, served, reply, bearer):
    served.routes["/token"] = reply(b'{"access_token": "short"}')
    assert authorize(web, bearer, TOKEN) == "Bearer short"
    ((path, headers),) = served.requests
    assert path == "/token"
    assert "Authorization" not in headers
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(served.forms[0])) == {
        "grant_type": "refresh_token",
        "client_id": "imagewright",
        "service": "r",
        "scope": "repository:a/b:pull",
        "refresh_token": "refresh&me",
    }


def test_an_identity_token_is_never_sent_on(web, served, elsewhere, reply, bearer):
    served.routes["/token"] = reply(status=307, headers={"Location": f"{elsewhere.url}/token"})
    with pytest.raises(Refused, match="another address"):
        authorize(web, bearer, TOKEN)
    assert elsewhere.forms == []


def test_an_identity_token_is_no_password(web):
    assert authorize(web, refusal("Basic realm=x"), PERSON) == "Basic bWU6cDp3"
    with pytest.raises(Refused):
        authorize(web, refusal("Basic realm=x"), TOKEN)


def test_https_sends_for_no_token_over_http(web, served, bearer):
    asked = refusal(bearer.headers["www-authenticate"], "https://registry.test/v2/")
    with pytest.raises(Refused, match="plain http"):
        authorize(web, asked, TOKEN)
    assert served.requests == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 1}'])
def test_what_is_no_token_is_said(web, served, reply, bearer, body):
    served.routes[ASKED] = reply(body)
    with pytest.raises(WorldFailed, match="gives no token"):
        authorize(web, bearer, None)
