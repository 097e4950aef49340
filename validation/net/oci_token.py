"""What a registry's 401 asks for → the Authorization that satisfies it.

Imports net and errors. Sources: the distribution project's "Token Authentication Specification"
(Bearer challenge), its "Oauth2 Token Authentication" (identity tokens) and RFC 7617 (Basic).
"""

import base64
from urllib.parse import urlencode, urlsplit
from urllib.request import parse_http_list, parse_keqv_list

import msgspec

from validation.errors import WorldFailed
from validation.model import Record
from validation.net.access import bare
from validation.net.answers import Answer, Refused
from validation.net.docker_config import Login
from validation.net.web import Web

_CLIENT = "imagewright"
"""Who we say we are to a token server; it only logs it."""


class _Token(Record, frozen=True, kw_only=True):
    token: str = ""
    access_token: str = ""


def basic(login: Login) -> str:
    """Return the Authorization of a login."""
    return "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


def fetch_token(web: Web, refusal: Answer, login: Login | None = None) -> str:
    """Return the token that a refusal's challenge sends for, anonymous without a login."""
    scheme, _, rest = refusal.headers.get("www-authenticate", "").partition(" ")
    asked: dict[str, str] = parse_keqv_list(parse_http_list(rest)) if rest else {}
    realm = asked.pop("realm", "")
    if scheme.lower() != "bearer" or not realm:
        raise Refused(refusal.url, 401, "HTTP 401, and no way to get a token anonymously")
    if urlsplit(refusal.url).scheme == "https" and urlsplit(realm).scheme != "https":
        raise Refused(refusal.url, 401, "sends for a token over plain http")
    query: dict[str, str] = {key: asked[key] for key in ("service", "scope") if key in asked}
    if login and login.identity_token:
        grant = {"grant_type": "refresh_token", "client_id": _CLIENT}
        answer = web.post(realm, {**grant, **query, "refresh_token": login.identity_token})
    else:
        joint = "&" if "?" in realm else "?"
        headers = {"Authorization": basic(login)} if login else {}
        answer = web.get(f"{realm}{joint}{urlencode(query)}", headers=headers)
    try:
        found = msgspec.json.decode(answer.body, type=_Token)
    except msgspec.DecodeError as error:
        raise WorldFailed(f"{bare(answer.url)}: gives no token: {error}") from error
    if not (found.token or found.access_token):
        raise WorldFailed(f"{bare(answer.url)}: gives no token")
    return found.token or found.access_token


def authorize(web: Web, refusal: Answer, login: Login | None) -> str:
    """Return the Authorization that a refused request is to be sent with again."""
    scheme = refusal.headers.get("www-authenticate", "").partition(" ")[0].lower()
    if scheme == "basic" and login and not login.identity_token:
        return basic(login)
    return "Bearer " + fetch_token(web, refusal, login)
