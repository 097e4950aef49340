"""The person's logins at registries, as `docker login` left them. Imports process and errors.

Source: Docker CLI reference, "Credential stores" and "Credential helpers". A login is a user and a
password or access token, or an identity token: `identitytoken` in the file, "<token>" as the user
that a helper tells.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from validation.errors import BadInput, WorldFailed
from validation.model import Record
from validation.process import Runner, run

_HUB = "https://index.docker.io/v1/"
_SECONDS = 20


_TOKEN = "<token>"  # noqa: S105  (the user's name that says that the secret is an identity token)


class Login(Record, frozen=True, kw_only=True):
    """Who a person is at a registry; with an `identity_token` user and password mean nothing."""

    user: str = ""
    password: str = ""
    identity_token: str = ""


class _Auth(Record, frozen=True, kw_only=True):
    auth: str = ""
    identitytoken: str = ""


class _Config(Record, frozen=True, kw_only=True, rename="camel"):
    auths: dict[str, _Auth] = {}  # noqa: RUF012  (msgspec copies an empty default)
    cred_helpers: dict[str, str] = {}  # noqa: RUF012  (as above)
    creds_store: str = ""


class _Helped(Record, frozen=True, kw_only=True, rename="pascal"):
    username: str
    secret: str


class DockerLogins:
    """Logins by registry host; helpers are asked once for each host, when it is first needed."""

    def __init__(self, environment: Mapping[str, str], runner: Runner = run) -> None:
        home = Path(environment.get("HOME", str(Path.home())))
        path = Path(environment.get("DOCKER_CONFIG") or home / ".docker", "config.json")
        self._run = runner
        self._config = _read(path)

    def login(self, host: str) -> Login | None:
        """Return the login for a registry ("docker.io", "nvcr.io"), or None."""
        key = _HUB if host == "docker.io" else host
        helper = self._config.cred_helpers.get(key) or self._config.cred_helpers.get(host)
        helper = helper or self._config.creds_store
        if helper:
            return self._helped(helper, key)
        auths = self._config.auths
        found = auths.get(key) or auths.get(f"https://{host}") or auths.get(f"https://{host}/")
        return _login(found) if found else None

    def _helped(self, helper: str, key: str) -> Login | None:
        if os.sep in helper:
            return None  # a helper is a program on PATH, by its name's last word
        try:
            told = self._run(
                [f"docker-credential-{helper}", "get"],
                stdin=key.encode(),
                timeout=_SECONDS,
                check=False,
            )
            found = msgspec.json.decode(told.stdout, type=_Helped) if told.ok else None
        except (WorldFailed, msgspec.DecodeError):
            return None  # no login is what most registries need
        return _of(found.username, found.secret) if found else None


def _read(path: Path) -> _Config:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Config)
    except FileNotFoundError:
        return _Config()
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(
            f"Docker's configuration {path} cannot be read: {error}",
            hint="mend it, or set DOCKER_CONFIG to a folder without config.json",
        ) from error


def _login(kept: _Auth) -> Login | None:
    if kept.identitytoken:
        return Login(identity_token=kept.identitytoken)
    try:
        text = base64.b64decode(kept.auth, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return _of(user, password.rstrip("\0")) if colon else None


def _of(user: str, secret: str) -> Login:
    return Login(identity_token=secret) if user == _TOKEN else Login(user=user, password=secret)
