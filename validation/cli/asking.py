"""What registries say of references, asked at once within a bound.

Imports net, watch and errors.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from validation.errors import BadInput
from validation.model import Record
from validation.net.access import access_of
from validation.net.docker_config import DockerLogins
from validation.net.installer_config import read_installer_config
from validation.net.oci import OciRegistry, TagAnswer
from validation.net.web import Web
from validation.watch.names import parse_image
from validation.watch.nouns import Reference, RegistryAnswer

JOBS = 8
"""Requests that are under way at once; what Docker's own client opens is of that order."""
_PATIENCE = urllib3.Timeout(connect=5, read=15)
_HUB = "https://registry-1.docker.io"


class Said(Record, frozen=True, kw_only=True):
    """Answers by reference, and why each registry that was not reached was not."""

    answers: Mapping[str, RegistryAnswer]
    silent: tuple[str, ...]


def mirrors_of(words: Sequence[str]) -> dict[str, str]:
    """Return addresses by registry: "URL" stands in for Docker Hub, "HOST=URL" for another."""
    found = {}
    for word in words:
        host, equals, url = word.partition("=")
        if "://" in host:
            host, equals, url = "docker.io", "=", word
        if not equals or not url.startswith(("http://", "https://")):
            raise BadInput(
                f"--registry-mirror {word}: not an address",
                hint="--registry-mirror https://mirror.example.com, or nvcr.io=https://…",
            )
        found[host] = url
    return found


def ask_registries(
    references: Iterable[Reference],
    mirrors: Mapping[str, str],
    cache: Path,
    environment: Mapping[str, str],
) -> Said:
    """Return what the registries of all resolved references say, each reference asked once."""
    wanted = {each.resolved: each.platform for each in references if each.resolved}
    logins = DockerLogins(environment)
    access = access_of(read_installer_config(environment, None))
    with Web(access, connections=JOBS, patience=_PATIENCE) as web:
        hosts = sorted({parse_image(name).registry for name in wanted})
        registries = {
            host: _registry(web, host, mirrors.get(host, ""), logins, cache) for host in hosts
        }

        def asked(name: str) -> RegistryAnswer:
            image = parse_image(name)
            platform = wanted[name] if wanted[name].startswith("linux/") else "linux/amd64"
            what = image.tag or image.digest or "latest"
            return _told(registries[image.registry].tag(image.repository, what, platform))

        with ThreadPoolExecutor(JOBS) as pool:
            names = sorted(wanted)
            answers = dict(zip(names, pool.map(asked, names), strict=True))
    silent = tuple(registries[host].silent for host in hosts if registries[host].silent)
    return Said(answers=answers, silent=silent)


def _registry(web: Web, host: str, mirror: str, logins: DockerLogins, cache: Path) -> OciRegistry:
    """Return a host's registry or its mirror, which gets the mirror's own login and no other."""
    if mirror:
        return OciRegistry(web, mirror, urlsplit(mirror).netloc.rpartition("@")[2], logins, cache)
    return OciRegistry(web, _address(host), host, logins, cache)


def _address(host: str) -> str:
    """Return a registry's address; as for Docker, one on this machine may speak plain http."""
    if host == "docker.io":
        return _HUB
    name = host.rpartition(":")[0] or host
    local = name in {"localhost", "[::1]"} or name.startswith("127.")
    return f"{'http' if local else 'https'}://{host}"


def _told(answer: TagAnswer) -> RegistryAnswer:
    return RegistryAnswer(
        exists=answer.exists,
        digest=answer.digest,
        created=answer.created,
        environment=answer.environment,
        labels=answer.labels,
        problem=answer.problem,
    )
