"""Registries in names and cache options: which host is meant, and where TLS may be missing.

Pure; imports errors. Plain HTTP is for this machine's own loopback only: nothing of the network
can stand between there.
"""

import re
from collections.abc import Sequence

from validation.errors import BadInput

_LOOPBACK = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$")
_INSECURE = "registry.insecure"
_ID = "{id}"


def registry_of(reference: str) -> str:
    """Return the registry host that a reference names, or "" (Docker Hub).

    By Docker's rule: the first part is a host when it has a dot or a port, or is localhost.
    """
    first, slash, _ = reference.partition("/")
    return first if slash and (first == "localhost" or "." in first or ":" in first) else ""


def is_loopback(registry: str) -> bool:
    """Return True for a registry on this machine's loopback, as Docker's own daemon judges."""
    return _LOOPBACK.match(registry) is not None


def require_pushable(repository: str) -> None:
    """Raise `BadInput` when a repository's name has neither a registry nor an owner in it."""
    if "/" not in repository:
        raise BadInput(
            f"repository {repository!r} names no registry to push to",
            hint="write `repository: registry.example/team/imagewright` into matrix.yaml",
        )


def cache_options(given: Sequence[str], *, images: int, writes: bool) -> tuple[str, ...]:
    """Return checked --cache-from or --cache-to values; `{id}` stands for the image's id.

    A loopback registry is spoken to without TLS. Raises `BadInput` for TLS switched off anywhere
    else, and where several images would write over one another's cache.
    """
    return tuple(_cache_option(text, images=images, writes=writes) for text in given)


def _cache_option(text: str, *, images: int, writes: bool) -> str:
    fields = dict(part.partition("=")[::2] for part in text.split(","))
    kind, reference = fields.get("type", ""), fields.get("ref", "")
    option = "--cache-to" if writes else "--cache-from"
    if not kind or (kind == "registry" and not reference):
        raise BadInput(
            f"{option} {text!r}: a type is needed, and a ref for a registry",
            hint=f"{option} type=registry,ref=registry.example/team/cache:{_ID}",
        )
    if kind != "registry":
        return text
    if writes and images > 1 and _ID not in reference:
        raise BadInput(
            f"{option} {text!r}: {images} images would write over one another's cache",
            hint=f"put {_ID} into the reference: it stands for the image's id",
        )
    loopback = is_loopback(registry_of(reference))
    if _INSECURE in fields and not loopback:
        raise BadInput(
            f"{option} {text!r}: TLS is switched off for a registry of the network",
            hint="give the builder the registry's CA: buildkitd.toml, [registry.…] ca",
        )
    return text if _INSECURE in fields or not loopback else f"{text},{_INSECURE}=true"
