"""The programs of a private engine: which packages, from which release, unpacked beside the system.

Imports apt, layout, locks, process, files and errors.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from validation.engine.apt import Apt, candidates, fetch, host_release, open_apt, unpack
from validation.engine.layout import Layout, program_in
from validation.errors import WorldFailed
from validation.model import Record
from validation.process import Runner

# 23.0 is the first engine whose own BuildKit is the default builder and knows heredocs (Dockerfile
# syntax 1.4) and named contexts: https://docs.docker.com/engine/release-notes/23.0/
MINIMUM_MAJOR = 23

# A release whose own engine is older, and the release of the same archive whose packages run on
# its C library; its runc does not (it needs glibc 2.38), so runc stays the host's own.
# Measured: Debian 13's docker.io 26.1.5 and containerd 1.7.24 on Debian 12 (glibc 2.36).
_BORROWS_FROM = {"bookworm": "trixie"}

_ENGINE = ("docker.io", "containerd")
_RUNTIME = ("runc",)
# Where a name is not in the archive the next one serves: Ubuntu has compose v2 under another name
# and the client inside docker.io.
_CLIENT = (("docker-cli", "docker.io"), ("docker-buildx",), ("docker-compose-v2", "docker-compose"))
_OPTIONAL = ("docker-compose-v2", "docker-compose")
_INSTALL = "install Docker Engine 23 or later: https://docs.docker.com/engine/install/"
_PLUGIN_FOLDERS = ("usr/libexec/docker/cli-plugins", "usr/lib/docker/cli-plugins")


class Programs(Record, frozen=True, kw_only=True):
    """Unpacked programs: the packages with their versions; `engine` False when clients only.

    `machine` is the processor that a bundle was packed for, as uname spells it; empty when these
    were fetched for this host.
    """

    packages: dict[str, str]
    engine: bool
    machine: str = ""


class Pick(Record, frozen=True, kw_only=True):
    """What to fetch: packages with versions from `release`, and others from the host's own."""

    release: str
    packages: dict[str, str]
    own: dict[str, str] = msgspec.field(default_factory=dict)


def major(version: str) -> int:
    """Return the major number of a Debian package version: 26 of "26.1.5+dfsg1-9"."""
    found = re.match(r"(?:\d+:)?(\d+)", version)
    return int(found[1]) if found else 0


def _clients(offered: Mapping[str, str]) -> dict[str, str]:
    picked: dict[str, str] = {}
    for names in _CLIENT:
        name = next((name for name in names if name in offered), None)
        # docker-compose 1 is a program of its own, not a plugin
        if name is not None and (name not in _OPTIONAL or major(offered[name]) >= 2):
            picked[name] = offered[name]
    return picked


def pick_packages(
    release: str,
    offered: Mapping[str, str],
    own: Mapping[str, str] | None = None,
    *,
    engine: bool = True,
) -> Pick | None:
    """Return what makes a good engine (or its clients) out of what a release offers, else None.

    `own` is what the host's own release offers when `release` is another one.
    """
    needed = (*_ENGINE, "docker-buildx") if engine else ("docker.io", "docker-buildx")
    if any(name not in offered for name in needed) or major(offered["docker.io"]) < MINIMUM_MAJOR:
        return None
    picked = _clients(offered)
    if not engine:
        return Pick(release=release, packages=picked)
    picked |= {name: offered[name] for name in (*_ENGINE, "tini") if name in offered}
    runtime = offered if own is None else own
    if any(name not in runtime for name in _RUNTIME):
        return None
    runtimes = {name: runtime[name] for name in _RUNTIME}
    if own is None:
        return Pick(release=release, packages=picked | runtimes)
    return Pick(release=release, packages=picked, own=runtimes)


_ASKED = tuple(
    dict.fromkeys([*_ENGINE, *_RUNTIME, "tini", *(name for names in _CLIENT for name in names)])
)


def _choose(layout: Layout, run: Runner, *, engine: bool) -> tuple[Pick, Apt, Apt]:
    system = host_release()
    codename = system.get("VERSION_CODENAME", "")
    own = open_apt(layout.packages / "apt" / "own", codename, None, run)
    offered = candidates(own, _ASKED, run)
    pick = pick_packages(codename, offered, engine=engine)
    if pick is not None:
        return pick, own, own
    release = _BORROWS_FROM.get(codename)
    if release is not None:
        borrowed = open_apt(layout.packages / "apt" / release, codename, release, run)
        pick = pick_packages(release, candidates(borrowed, _ASKED, run), offered, engine=engine)
        if pick is not None:
            return pick, borrowed, own
    name = system.get("PRETTY_NAME", "this system")
    has = offered.get("docker.io")
    raise WorldFailed(
        f"the package archive of {name} offers "
        + (f"docker.io {has}, older than {MINIMUM_MAJOR}" if has else "no docker.io")
        + (f", and {release} could not be reached" if release else ""),
        hint=f"check `apt-get update`, or {_INSTALL}",
    )


def installed_programs(layout: Layout) -> Programs | None:
    """Return what is unpacked, or None; half-unpacked programs are never under this name."""
    try:
        return msgspec.json.decode((layout.programs / "manifest.json").read_bytes(), type=Programs)
    except (OSError, msgspec.DecodeError):
        return None


def plugin(layout: Layout, name: str) -> Path | None:
    """Return the unpacked client plugin `name` (docker-buildx, docker-compose), or None."""
    paths = (layout.programs / folder / name for folder in _PLUGIN_FOLDERS)
    return next((path for path in paths if path.is_file()), None)


def library_path(root: Path) -> dict[str, str]:
    """Return what the programs in `root` need in their environment to find their own libraries."""
    own = root / "lib"
    if not own.is_dir():
        return {}
    told = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": f"{own}{os.pathsep}{told}" if told else str(own)}


def _check_runs(root: Path, *, engine: bool, run: Runner) -> None:
    """Run each program once: a missing library shows here, not in the middle of a build."""
    environment = library_path(root)
    for name in ("docker", "dockerd", "containerd", "runc") if engine else ("docker",):
        argv: list[str | Path] = [program_in(root, name), "--version"]
        done = run(argv, env=environment, check=False, timeout=60)
        if not done.ok:
            raise WorldFailed(
                f"the engine's {name} does not run here",
                details=tuple((done.stderr or done.stdout).strip().splitlines()[-5:]),
                hint=f"install the library that it names with apt-get, or {_INSTALL}",
            )


def adopt_programs(layout: Layout, part: Path, programs: Programs, *, run: Runner) -> Programs:
    """Make what is unpacked in `part` the engine's programs, once each of them has run here."""
    _check_runs(part, engine=programs.engine, run=run)
    (part / "manifest.json").write_bytes(msgspec.json.encode(programs))
    shutil.rmtree(layout.programs, ignore_errors=True)
    part.rename(layout.programs)
    return programs


def fetch_programs(
    layout: Layout, *, engine: bool, run: Runner, report: Callable[[str], None]
) -> Programs:
    """Return the unpacked programs, fetching them if they are not there whole.

    With `engine` False only the clients. The caller holds the engine's lock.
    """
    there = installed_programs(layout)
    if there is not None and (there.engine or not engine):
        return there
    report("asking the distribution's archive for an engine" if engine else "asking for a client")
    pick, apt, own = _choose(layout, run, engine=engine)
    names = " ".join(f"{name} {version}" for name, version in (pick.packages | pick.own).items())
    report(f"from {pick.release}: {names}")
    files = fetch(apt, tuple(pick.packages), layout.packages / "files", run)
    if pick.own:
        files += fetch(own, tuple(pick.own), layout.packages / "files", run)
    for old in set((layout.packages / "files").glob("*.deb")) - set(files):
        old.unlink()
    part = layout.home / "programs.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    unpack(files, part, run)
    programs = Programs(packages=pick.packages | pick.own, engine=engine)
    return adopt_programs(layout, part, programs, run=run)
