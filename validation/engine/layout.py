"""Where a private engine keeps its things. Imports model only; changes nothing.

Everything lies under <cache>/engine, except that sockets move to a short folder under /run when
the cache's path is too long for them. What survives `engine down`: <cache>/packages (downloaded
packages, so that the next `up` is fast), <cache>/bases (stand-ins for registry bases).
"""

import hashlib
import os
from pathlib import Path

from validation.model import Project, Record

# struct sockaddr_un holds 108 bytes with the closing NUL: unix(7).
SOCKET_PATH_LIMIT = 107
# The longest socket that dockerd and its containerd make under their folder.
_LONGEST_SOCKET = "exec/containerd/containerd-debug.sock"


# Debian has the daemon and runc in sbin, Ubuntu in bin.
PROGRAM_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "bin")


def program_in(root: Path, name: str) -> Path:
    """Return where the packages unpacked in `root` have a program; under usr/bin if nowhere."""
    paths = (root / folder / name for folder in PROGRAM_FOLDERS)
    return next((path for path in paths if path.is_file()), root / "usr/bin" / name)


class Layout(Record, frozen=True, kw_only=True):
    """The folders and names of one cache's private engine."""

    cache: Path

    @property
    def token(self) -> str:
        """Twelve hexadecimal digits that tell this cache's engine from another's.

        Of the folder itself and not only its path: below another root (a chroot, a container with
        the host's processes) the same path is another cache. Settled once the folder exists.
        """
        try:
            there = self.cache.stat()
        except OSError:
            return hashlib.sha256(os.fsencode(self.cache)).hexdigest()[:12]
        identity = f"{there.st_dev} {there.st_ino} ".encode() + os.fsencode(self.cache)
        return hashlib.sha256(identity).hexdigest()[:12]

    @property
    def home(self) -> Path:
        """All that `down` removes, but for `runtime` when that had to move."""
        return self.cache / "engine"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or removes the engine; outside of what is removed."""
        return self.cache / "engine.lock"

    @property
    def packages(self) -> Path:
        """Downloaded packages and apt's lists."""
        return self.cache / "packages"

    @property
    def programs(self) -> Path:
        """The unpacked packages: there as a whole or not at all."""
        return self.home / "programs"

    def program(self, name: str) -> Path:
        """Return the path of one of the engine's programs, whether it is there or not."""
        return program_in(self.programs, name)

    @property
    def data(self) -> Path:
        """Images, containers and build cache."""
        return self.home / "data"

    @property
    def config(self) -> Path:
        """The daemon's configuration file."""
        return self.home / "daemon.json"

    @property
    def cdi(self) -> Path:
        """The folder of the CDI specification that speaks of this machine's GPUs."""
        return self.home / "cdi"

    @property
    def made_opt(self) -> Path:
        """There while a folder outside of all these is the engine's to remove."""
        return self.home / "made-opt-containerd"

    @property
    def log(self) -> Path:
        """What the daemon writes."""
        return self.home / "dockerd.log"

    @property
    def runtime(self) -> Path:
        """Sockets and the pid file: a short path under /run when the cache's is too long."""
        near = self.home / "run"
        fits = len(os.fsencode(near / _LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT
        return near if fits else Path("/run", f"imagewright-{self.token}")

    @property
    def socket(self) -> Path:
        """Where the daemon answers."""
        return self.runtime / "docker.sock"

    @property
    def host(self) -> str:
        """The socket as DOCKER_HOST spells it."""
        return f"unix://{self.socket}"

    @property
    def exec_root(self) -> Path:
        """State of running containers."""
        return self.runtime / "exec"

    @property
    def pid_file(self) -> Path:
        """Written by the daemon."""
        return self.runtime / "docker.pid"

    @property
    def cgroup(self) -> str:
        """The control group that all its containers and builds live in."""
        return f"imagewright-{self.token}"

    @property
    def bridge(self) -> str:
        """The network bridge of its own, where it needs one (at most 15 bytes: IFNAMSIZ)."""
        return f"iw{self.token}"


def layout_of(project: Project) -> Layout:
    """Return where `project`'s private engine lives, whether it is there or not."""
    return Layout(cache=project.cache)
