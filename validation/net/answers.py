"""What comes back from a server, and what it means that nothing did.

Imports net.access and errors.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from urllib3 import exceptions

from validation.errors import WorldFailed
from validation.model import Record
from validation.net.access import bare


class Answer(Record, frozen=True, kw_only=True):
    """What came back. `url` is where it came from in the end; header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Refused(WorldFailed):
    """The server answered, and not with what was asked for; `status` is its HTTP status."""

    def __init__(self, url: str, status: int, why: str = "") -> None:
        super().__init__(f"{bare(url)}: {why or f'HTTP {status}'}")
        self.status = status


class Passing(Exception):
    """A failure that may be over soon; `pause` are the seconds that the server asks for.

    `status` is the HTTP status where the server answered at all.
    """

    def __init__(self, why: str, pause: float | None = None, status: int | None = None) -> None:
        super().__init__(why)
        self.pause = pause
        self.status = status


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, which may also be a date; None where there is none."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    now = datetime.now(UTC)
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())


def failure(url: str, error: Exception) -> Exception:
    """Return what to raise for urllib3's error: `Passing` where another try may help.

    urllib3's own words are left out, since the address of a proxy in them may hold a password.
    """
    if isinstance(error, exceptions.SSLError):
        return WorldFailed(
            f"{bare(url)}: TLS: {error}",
            hint="name the CA bundle in pip's `cert` option, PIP_CERT or SSL_CERT_FILE",
        )
    if isinstance(error, exceptions.NameResolutionError):
        return WorldFailed(f"{bare(url)}: host name not found")
    if isinstance(error, exceptions.LocationParseError):
        return WorldFailed(f"{bare(url)}: not the address of a web server")
    kinds = {
        exceptions.ProxyError: "the proxy does not answer",
        exceptions.NewConnectionError: "no connection",
        exceptions.TimeoutError: "no answer in time",
        exceptions.DecodeError: "the packed answer is broken",
        exceptions.ProtocolError: "the answer ended early",
    }
    why = next((why for kind, why in kinds.items() if isinstance(error, kind)), "no answer")
    return Passing(why)
