"""Packages of the distribution, fetched by apt itself beside the system: nothing is installed.

Imports apt_sources, process, files and errors. apt runs with lists, caches and sources in a
folder of ours, and with the machine's own configuration otherwise: mirror, proxy, credentials,
keys. So signatures are verified as they always are, and the system's lists stay as they were.
"""

import hashlib
import re
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from validation.engine.apt_sources import (
    Source,
    parse_deb822,
    parse_one_line,
    release_sources,
    render_sources,
)
from validation.errors import WorldFailed
from validation.files import disk_failure, write_atomic
from validation.model import Record
from validation.process import Runner

# Hooks of the system (an index of desktop programs, a message bus) are none of our business.
# The folder is the person's own and apt's download user cannot enter it: hence the sandbox user.
_CONFIG = """\
#clear APT::Update;
#clear DPkg;
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/archive.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
Acquire::ForceHash "SHA256";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Acquire::Languages "none";
"""
_DOWNLOADING = ".download-"
_PLAIN = {"LC_ALL": "C.UTF-8"}
_URI = re.compile(r"^'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$")


class Package(Record, frozen=True, kw_only=True):
    """A package file in the archive: its file name, bytes and SHA-256 from the signed lists."""

    name: str
    size: int
    sha256: str

    @property
    def package(self) -> str:
        """The package's name: what stands before the version in <name>_<version>_<arch>.deb."""
        return self.name.partition("_")[0]


class Apt(Record, frozen=True, kw_only=True):
    """apt with folders of its own, for the sources of one release."""

    folder: Path
    release: str

    @property
    def config(self) -> Path:
        """The configuration file that every call passes with -c."""
        return self.folder / "apt.conf"


def host_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """Return the fields of os-release(5): ID, VERSION_ID, VERSION_CODENAME and so on."""
    if not path.is_file():
        return {}
    lines = path.read_text("utf-8").splitlines()
    words = [shlex.split(line) for line in lines if "=" in line]
    return dict(word[0].partition("=")[::2] for word in words if word)


def host_sources(run: Runner) -> tuple[Source, ...]:
    """Return every enabled entry of the machine's own apt configuration, in both formats."""
    asked = ["LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"]
    told = run(["apt-config", "shell", *asked]).stdout
    places = dict(word.partition("=")[::2] for word in shlex.split(told))
    files = [Path(places["LIST"])] if places.get("LIST") else []
    if places.get("PARTS"):
        files += sorted(Path(places["PARTS"]).glob("*"))
    found: list[Source] = []
    for path in files:
        if path.is_file() and path.suffix == ".list":
            found += parse_one_line(path.read_text("utf-8"))
        elif path.is_file() and path.suffix == ".sources":
            found += parse_deb822(path.read_text("utf-8"))
    return tuple(found)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_failure("make", path, error) from error


def open_apt(folder: Path, codename: str, release: str | None, run: Runner) -> Apt:
    """Return an apt of our own for the host's release, or for `release` of the same archive.

    Its lists are brought up to date as far as the archive can be reached; whether that was far
    enough shows when packages are asked for. Raises `WorldFailed` without apt or an archive.
    """
    if shutil.which("apt-get") is None:
        raise WorldFailed(
            "this machine has no apt, so packages of its distribution cannot be fetched",
            hint="install Docker Engine 23 or later: https://docs.docker.com/engine/install/",
        )
    sources = release_sources(host_sources(run), codename, release)
    if not sources:
        raise WorldFailed(
            f"apt's sources name no archive of this distribution ({codename}, component main)",
            hint="add the distribution's archive to /etc/apt/sources.list.d, or install Docker "
            "Engine 23 or later yourself",
        )
    apt = Apt(folder=folder, release=release or codename)
    for name in ("state/lists/partial", "cache/archives/partial"):
        _make_folder(folder / name)
    write_atomic(folder / "status", "")
    write_atomic(folder / "archive.sources", render_sources(sources))
    write_atomic(apt.config, _CONFIG.format(folder=folder))
    run(["apt-get", "-c", apt.config, "-q", "update"], env=_PLAIN, timeout=300, check=False)
    return apt


def candidates(apt: Apt, names: Sequence[str], run: Runner) -> dict[str, str]:
    """Return the version that the archive offers of each name that it has."""
    told = run(["apt-cache", "-c", apt.config, "policy", *names], env=_PLAIN).stdout
    found: dict[str, str] = {}
    name = ""
    for line in told.splitlines():
        if line and not line.startswith(" "):
            name = line.rstrip(":")
        elif line.strip().startswith("Candidate:"):
            version = line.partition(":")[2].strip()
            if version != "(none)":
                found[name] = version
    return found


def closure(apt: Apt, patterns: Sequence[str], run: Runner) -> tuple[str, ...]:
    """Return the names of all packages that an empty system needs for `patterns`, in apt's order.

    `patterns` are package names and apt-patterns(7). Raises `WorldFailed` when apt cannot tell.
    """
    asked = ["--print-uris", "-qq", "--no-install-recommends", "install", *patterns]
    told = run(["apt-get", "-c", apt.config, *asked], env=_PLAIN).stdout
    matches = (_URI.match(line) for line in told.splitlines())
    return tuple(match["name"].partition("_")[0] for match in matches if match)


def stanzas(apt: Apt, names: Sequence[str], run: Runner) -> dict[str, str]:
    """Return {name: its stanza in the archive's lists} of the versions that `fetch` would get."""
    shown = run(["apt-cache", "-c", apt.config, "show", "--no-all-versions", *names], env=_PLAIN)
    told = [text.strip() for text in shown.stdout.split("\n\n") if text.strip()]
    return {text.partition("\n")[0].partition(": ")[2]: text for text in told}


def _in_archive(apt: Apt, names: Sequence[str], run: Runner) -> tuple[Package, ...]:
    argv = ["apt-get", "-c", str(apt.config), "--print-uris", "download", *names]
    matches = [_URI.match(line) for line in run(argv, env=_PLAIN).stdout.splitlines()]
    found = tuple(
        Package(name=match["name"], size=int(match["size"]), sha256=match["sha256"])
        for match in matches
        if match
    )
    if len(found) != len(names):
        raise WorldFailed(f"apt named {len(found)} files for {', '.join(names)}")
    return found


def _is_whole(path: Path, package: Package) -> bool:
    if not path.is_file() or path.stat().st_size != package.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == package.sha256


def fetch(apt: Apt, names: Sequence[str], into: Path, run: Runner) -> tuple[Path, ...]:
    """Return the files of the named packages in `into`, downloading what is not there.

    A file counts as there only if its SHA-256 is the signed lists'. apt verifies each download,
    tries each again three times, and a download appears under its name only when it is whole.
    The caller holds a lock over `into`: what a killed download left there is removed.
    """
    packages = _in_archive(apt, names, run)
    _make_folder(into)
    for left in into.glob(f"{_DOWNLOADING}*"):
        shutil.rmtree(left)
    missing = [each.package for each in packages if not _is_whole(into / each.name, each)]
    if missing:
        with tempfile.TemporaryDirectory(dir=into, prefix=_DOWNLOADING) as scratch:
            argv = ["apt-get", "-c", str(apt.config), "-q", "download", *missing]
            run(argv, env=_PLAIN, cwd=Path(scratch), timeout=900)
            for path in Path(scratch).iterdir():
                path.replace(into / path.name)
    wrong = [package.name for package in packages if not _is_whole(into / package.name, package)]
    if wrong:
        raise WorldFailed(f"downloaded, but not what the archive's lists promise: {wrong[0]}")
    return tuple(into / package.name for package in packages)


def unpack(files: Sequence[Path], into: Path, run: Runner) -> None:
    """Unpack package files over each other into a folder: no script of theirs runs."""
    for path in files:
        run(["dpkg-deb", "-x", path, into], timeout=300)
