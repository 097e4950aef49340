"""A machine's own root file system as an image: the base of a host that reaches no registry.

Imports client, process and errors. What is copied is what programs are made of; what makes a
machine this machine (keys, passwords, addresses) is left out, and so is every other file system
that is mounted below the root, such as a driver's folder or a container engine's data.
"""

import json
import re
from glob import escape
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
# Homes are empty; what begins with "*/" lies at any depth: in a Python's own prefix, or in a home
# below /opt or /usr.
LEFT_OUT = (
    "etc/shadow*", "etc/gshadow*", "etc/sudoers*", "etc/ssh", "etc/ssl/private", "etc/krb5.keytab",
    "etc/machine-id", "etc/hostname", "etc/hosts", "etc/resolv.conf", "etc/NetworkManager",
    "etc/netplan", "etc/wireguard", "etc/docker", "etc/containers/auth.json", "etc/cdi",
    "etc/kubernetes", "etc/netrc", "etc/apt/auth.conf*", "etc/uv", "etc/xdg/uv", "etc/xdg/pip",
    "etc/conda", "etc/npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc", "*/pip.conf", "*/.pip",
    "*/.config/pip", "*/.config/uv", "*/.local/share/uv/credentials", "*/condarc", "*/.condarc",
    "*/.netrc", "*/.pypirc", "*/.docker/config.json", "*/.ssh", "*/.aws", "*/.git-credentials",
)  # fmt: skip
# Left out where an address in them names a user: a mirror's or a proxy's. The others stay, so that
# apt works in the image as on the host; a build on such a base installs nothing by apt.
_WITH_ADDRESSES = ("etc/apt/**/*", "etc/environment", "etc/environment.d/*", "etc/gitconfig",
                   "etc/profile.d/*", "etc/wgetrc", "etc/yum.repos.d/*")  # fmt: skip
_KEYRINGS = {".gpg", ".asc"}
_USER_IN_ADDRESS = re.compile(rb"://[^\s/@\"']+@")
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
    patterns = (*LEFT_OUT, *_with_credentials(root))
    excluded = [f"--exclude=./{pattern}" for pattern in patterns]
    return [
        *("tar", "--create", f"--directory={root}", "--one-file-system", "--numeric-owner"),
        *("--warning=no-file-changed", "--warning=no-file-ignored", *excluded),
        *("--no-recursion", *empty, "--recursion", *whole),
    ]


def _with_credentials(root: Path) -> list[str]:
    """Return patterns for the settings below `root` whose addresses name a user.

    What cannot be read is among them.
    """
    paths = {path for pattern in _WITH_ADDRESSES for path in root.glob(pattern)}
    settings = sorted(path for path in paths if path.suffix not in _KEYRINGS)
    return [escape(str(path.relative_to(root))) for path in settings if _names_a_user(path)]


def _names_a_user(path: Path) -> bool:
    try:
        return path.is_file() and _USER_IN_ADDRESS.search(path.read_bytes()) is not None
    except OSError:
        return True


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
