"""How addresses are reached: who we say we are, through which proxy, whose certificates count.

Imports render.installer and errors. All of it comes from the person's own pip and uv settings
(`net.installer_config`), and nothing of it is ever printed.
"""

import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import certifi

from validation.errors import BadInput
from validation.model import Record
from validation.render.installer import InstallerConfig

_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int]:
    """Return (scheme, host, port): what credentials belong to."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname or "", port


def bare(url: str) -> str:
    """Return an address as messages show it: no user, password, query or fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _is_direct(host: str, port: int, no_proxy: str) -> bool:
    """Return True when NO_PROXY names a host, a domain that it is in, "host:port", or "*"."""
    for word in no_proxy.replace(",", " ").split():
        name = word.lower().lstrip("*").lstrip(".")
        if word == "*" or name in {host, f"{host}:{port}"} or (name and host.endswith(f".{name}")):
            return True
    return False


class Access(Record, frozen=True, kw_only=True):
    """The person's settings in the form that a request needs.

    `by_origin` has the credentials that stand in an index's address; `by_host` netrc's, which
    hold for every port of a host, over TLS only. `proxies` maps "http", "https", "all" and "no" as
    the environment gives them. `ca_bundle` is PEM text, empty for the system's certificates.
    """

    by_origin: Mapping[tuple[str, str, int], tuple[str, str]] = {}
    by_host: Mapping[str, tuple[str, str]] = {}
    proxies: Mapping[str, str] = {}
    ca_bundle: str = ""

    def login(self, url: str) -> tuple[str, str] | None:
        """Return (user, password) for an address, or None."""
        scheme, host, _ = origin = origin_of(url)
        found = self.by_origin.get(origin)
        return found or (self.by_host.get(host) if scheme == "https" else None)

    def proxy(self, url: str) -> str | None:
        """Return the proxy that an address is reached through, or None."""
        scheme, host, port = origin_of(url)
        if _is_direct(host, port, self.proxies.get("no", "")):
            return None
        return self.proxies.get(scheme) or self.proxies.get("all")

    def tls(self) -> ssl.SSLContext:
        """Return what certificates are checked against: the configured bundle, else the system's.

        Where no bundle is configured certifi's are added: some builds of Python find none.
        """
        try:
            context = ssl.create_default_context(cadata=self.ca_bundle or None)
            if not self.ca_bundle:
                context.load_verify_locations(certifi.where())
        except ssl.SSLError as error:
            raise BadInput(
                f"the configured CA bundle is not usable: {error.reason or error}",
                hint="pip's `cert` option, PIP_CERT or SSL_CERT_FILE names it",
            ) from error
        return context


def access_of(config: InstallerConfig) -> Access:
    """Return the access that a person's settings describe."""
    logins = {}
    for url in (config.index_url or "", *config.extra_index_urls):
        parts = urlsplit(url)
        if parts.username is not None:
            logins[origin_of(url)] = (unquote(parts.username), unquote(parts.password or ""))
    words = [line.split() for line in config.netrc.splitlines()]
    hosts = {line[1]: (line[3], line[5]) for line in words if len(line) == 6}
    proxies = {name.lower().removesuffix("_proxy"): url for name, url in config.proxies.items()}
    return Access(by_origin=logins, by_host=hosts, proxies=proxies, ca_bundle=config.ca_bundle)
