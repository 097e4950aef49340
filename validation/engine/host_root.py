"""A machine's own root file system as an image: the base of a host that reaches no registry.

Imports client, process and errors. What is copied is what programs are made of; what makes a
machine this machine (keys, passwords, addresses) is left out, and so is every other file system
that is mounted below the root, such as a driver's folder or a container engine's data.
"""

import json
from pathlib import Path
from typing import IO

import docker
from docker.errors import DockerException

from validation.errors import BadInput, WorldFailed
from validation.process import output_of

_WHOLE = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt", "etc", "var/lib/dpkg")
_EMPTY = ("dev", "home", "mnt", "proc", "root", "run", "srv", "sys", "tmp", "var", "var/cache",
          "var/lib", "var/log", "var/tmp")  # fmt: skip
# Of this machine and nobody else: accounts' secrets, host keys, credentials of package managers.
LEFT_OUT = (
    "etc/shadow*", "etc/gshadow*", "etc/sudoers*", "etc/ssh", "etc/ssl/private", "etc/krb5.keytab",
    "etc/machine-id", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/NetworkManager",
    "etc/netplan", "etc/wireguard", "etc/docker", "etc/cdi", "etc/kubernetes", "etc/pip.conf",
    "etc/apt/auth.conf*", "etc/netrc",
)  # fmt: skip
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# 17 GB were read and imported in 74 s.
_SECONDS = 3600


def tar_words(root: Path) -> list[str]:
    """Return the argv that writes the root file system below `root` to stdout as a tar archive.

    Folders that programs expect are there and empty. Raises `BadInput` where nothing looks like a
    root file system.
    """
    if not (root / "usr/bin").is_dir() and not (root / "bin").is_dir():
        raise BadInput(
            f"{root} has neither usr/bin nor bin: no root file system",
            hint="name the folder that another system sees as /",
        )
    empty = [f"./{name}" for name in _EMPTY if (root / name).is_dir()]
    whole = [f"./{name}" for name in _WHOLE if (root / name).is_symlink() or (root / name).exists()]
    excluded = [f"--exclude=./{pattern}" for pattern in LEFT_OUT]
    return [
        *("tar", "--create", f"--directory={root}", "--one-file-system", "--numeric-owner"),
        *("--warning=no-file-changed", "--warning=no-file-ignored", *excluded),
        *("--no-recursion", *empty, "--recursion", *whole),
    ]


def import_root(client: docker.DockerClient, root: Path, reference: str) -> tuple[str, int]:
    """Import the root file system below `root` as the image `reference`.

    Returns (image id, bytes unpacked). Raises `WorldFailed` when it cannot be read whole or the
    engine does not take it: then there is no such image.
    """
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = reference, "latest"
    imported = ""
    try:
        # tar ends with 1 when a file changed while it was read: a living system's always do.
        with output_of(tar_words(root), accepted=(0, 1), timeout=_SECONDS) as archive:
            imported = _import(client, archive)
        image = client.images.get(imported)
        image.tag(repository, tag)
    except (DockerException, OSError, ValueError) as error:
        raise WorldFailed(f"the engine does not take {root} as {reference}: {error}") from error
    except WorldFailed:
        if imported:
            client.images.remove(imported)
        raise
    return str(image.id), int(image.attrs["Size"])


def _import(client: docker.DockerClient, archive: IO[bytes]) -> str:
    """Import without a name, so that half a file system never has one; return the image's id.

    The engine answers with lines of JSON, the last one holds the id or the error.
    """
    told = client.api.import_image(src=archive, changes=[f"ENV PATH={_DEFAULT_PATH}"])
    last = json.loads(str(told).strip().splitlines()[-1])
    if "error" in last:
        raise ValueError(last["error"])
    return str(last["status"])
