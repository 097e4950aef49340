"""The installer secret: what a build step sources so that apt, pip and uv work as they do here.

Pure; imports model. The text is mounted as a BuildKit secret and never enters a layer, an
argument or the history; all that it writes goes to the step's tmpfs at /run/installer.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from validation.model import Record

_HERE = "/run/installer"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class AptConfig(Record, frozen=True, kw_only=True):
    """How this machine reaches its distribution's archive.

    `distribution` and `codename` are /etc/os-release's ID and VERSION_CODENAME here; `sources`
    are (URI, suite, components) with the suite as this machine spells it; `options` are
    apt.conf items; `auth` is the text of auth.conf.
    """

    distribution: str
    codename: str
    sources: tuple[tuple[str, str, str], ...]
    options: Mapping[str, str] = {}
    auth: str = ""


class InstallerConfig(Record, frozen=True, kw_only=True):
    """What the person's pip, uv and apt already use.

    `index_url` is None for PyPI. `find_links` are local folders of wheels. `ca_bundle` is PEM
    text. `proxies` are environment variables. Addresses may hold credentials: never log one.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[Path, ...] = ()
    ca_bundle: str = ""
    netrc: str = ""
    proxies: Mapping[str, str] = {}
    apt: AptConfig | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that a build step may have to reach."""
        apt = self.apt.sources if self.apt else ()
        indexes = (self.index_url or "", *self.extra_index_urls)
        return (*filter(None, indexes), *self.proxies.values(), *(uri for uri, _, _ in apt))

    @property
    def needs_host_network(self) -> bool:
        """True when something listens on this machine's own loopback."""
        return any(urlsplit(address).hostname in _LOOPBACK for address in self.addresses)


def without_credentials(url: str) -> str:
    """Return an address with its user and password taken out."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), parts.query, ""))


def uv_environment(config: InstallerConfig, ca_path: str | None) -> dict[str, str]:
    """Return uv's environment for a configuration; `ca_path` is where the CA bundle lies."""
    env = dict(config.proxies)
    if config.index_url:
        env["UV_DEFAULT_INDEX"] = config.index_url
    if config.extra_index_urls:
        env["UV_INDEX"] = " ".join(config.extra_index_urls)
    if ca_path:
        env["SSL_CERT_FILE"] = ca_path
    return env


def _pip_environment(config: InstallerConfig, ca_path: str | None) -> dict[str, str]:
    env = {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if config.index_url:
        env["PIP_INDEX_URL"] = config.index_url
    if config.extra_index_urls:
        env["PIP_EXTRA_INDEX_URL"] = " ".join(config.extra_index_urls)
    if ca_path:
        env |= {"PIP_CERT": ca_path, "REQUESTS_CA_BUNDLE": ca_path, "CURL_CA_BUNDLE": ca_path}
    return env


def _here_document(path: str, text: str, *, expand: bool = False) -> str:
    mark = "END_OF_IMAGEWRIGHT_TEXT"
    opening = mark if expand else f"'{mark}'"
    return f"cat > {path} <<{opening}\n{text.rstrip()}\n{mark}\n"


def _literal(text: str) -> str:
    """Return text that an expanding here-document leaves as it is."""
    return re.sub(r"([\\$`])", r"\\\1", text)


def _apt_script(apt: AptConfig, ca_path: str | None) -> str:
    """Return the lines that point apt here, where the image is of this machine's distribution.

    The codename in each suite becomes the image's own, so that a Debian 12 host's mirror serves
    a Debian 13 image too.
    """
    sources = "\n".join(
        f"deb {_literal(uri)} {suite.replace(apt.codename, '$VERSION_CODENAME')} {components}"
        for uri, suite, components in apt.sources
    )
    options = {
        "Dir::Etc::sourcelist": f"{_HERE}/sources.list",
        "Dir::Etc::sourceparts": "-",
        **({"Acquire::https::CAInfo": ca_path} if ca_path else {}),
        **({"Dir::Etc::netrc": f"{_HERE}/auth.conf"} if apt.auth else {}),
        **apt.options,
    }
    conf = "\n".join(f'{key} "{value}";' for key, value in options.items())
    auth = _here_document(f"{_HERE}/auth.conf", apt.auth) if apt.auth else ""
    return (
        f'if ( . /etc/os-release && [ "$ID" = {shlex.quote(apt.distribution)} ] ); then\n'
        f"( . /etc/os-release\n{_here_document(f'{_HERE}/sources.list', sources, expand=True)})\n"
        f"{auth}{_here_document(f'{_HERE}/apt.conf', conf)}"
        f"export APT_CONFIG={_HERE}/apt.conf\nfi\n"
    )


def render_installer_secret(config: InstallerConfig, overrides: Mapping[str, str]) -> str:
    """Return the shell fragment that a build step sources.

    `overrides` are set last: TORCH_INDEX="" where the wheels at hand cover PyTorch's index,
    UV_NO_INDEX=1 where they cover everything.
    """
    ca_path = f"{_HERE}/ca.pem" if config.ca_bundle else None
    environment = uv_environment(config, ca_path) | _pip_environment(config, ca_path)
    script = f"chmod 755 {_HERE}\n"
    if config.ca_bundle:
        script += _here_document(f"{_HERE}/ca.pem", config.ca_bundle)
    if config.netrc:
        script += _here_document(f"{_HERE}/netrc", config.netrc)
        environment["NETRC"] = f"{_HERE}/netrc"
    if config.apt:
        script += _apt_script(config.apt, ca_path)
    for name, value in {**environment, **overrides}.items():
        script += f"export {name}={shlex.quote(value)}\n"
    return script
