"""Makes a distribution's root file system from its package archive: the stand-in for a slim image.

Imports apt, files, model, process and errors. The packages are fetched and verified by apt first;
mmdebstrap then sees only a local folder of them. So neither mirror nor credentials come near the
result, and the same packages give the same bytes: times are clamped to the newest package's own.
"""

import hashlib
import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from validation.engine.apt import Apt, closure, fetch, stanzas, unpack
from validation.errors import WorldFailed
from validation.model import Record
from validation.process import Runner

SLIM = Path(__file__).with_name("slim.sh")
"""The last hook: what makes a minimal system a slim image."""

# What the public slim images have in /etc/dpkg/dpkg.cfg.d. Source: debuerreotype,
# .slimify-excludes, .slimify-includes and debuerreotype-minimizing-config (no fsync per file).
_DPKG_OPTIONS = (
    *(f"path-exclude=/usr/share/{name}/*" for name in ("doc", "groff", "info", "linda")),
    *(f"path-exclude=/usr/share/{name}/*" for name in ("lintian", "locale", "man")),
    "path-include=/usr/share/doc/*/copyright",
    "path-include=/usr/share/locale/locale.alias",
    "force-unsafe-io",
)
_PLAIN = {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
# deb(5): "!<arch>\n", then ar's header of the first member with its time at bytes 16 to 27.
_AR_TIME = slice(8 + 16, 8 + 28)


class Recipe(Record, frozen=True, kw_only=True):
    """All that a root file system is made from: {package: its stanza}, names in apt's order."""

    release: str
    packages: dict[str, str]

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits of the package set and of how it is put together."""
        digest = hashlib.sha256(SLIM.read_bytes())
        digest.update("\0".join([self.release, *_DPKG_OPTIONS]).encode())
        for name, stanza in sorted(self.packages.items()):
            digest.update(f"{name} {field(stanza, 'SHA256')}\n".encode())
        return digest.hexdigest()[:12]


def field(stanza: str, name: str) -> str:
    """Return a one-line field of a package's stanza; raises `WorldFailed` when it has none."""
    found = re.search(rf"^{name}: (.*)$", stanza, re.MULTILINE)
    if found is None:
        raise WorldFailed(f"the archive's lists give no {name} for {stanza.splitlines()[0]}")
    return found[1]


def _patterns(run: Runner) -> tuple[str, ...]:
    """Return what a minimal system is, of the machine's own architecture: apt-patterns(7)."""
    native = run(["dpkg", "--print-architecture"]).stdout.strip()
    wanted = ("?essential", "?priority(required)")
    return (*(f"?and({pattern},?architecture({native}))" for pattern in wanted), "apt")


def resolve_recipe(apt: Apt, run: Runner) -> Recipe:
    """Return the packages of a minimal system: essential, required, and apt.

    Of two ways to say that /usr is merged, the one without Perl: as the public images have it.
    """
    patterns = _patterns(run)
    names = closure(apt, patterns, run)
    if "usrmerge" in names:
        names = closure(apt, (*patterns, "usr-is-merged"), run)
    if not names:
        raise WorldFailed(
            f"the archive of {apt.release} could not be read",
            hint="check the machine's sources with `apt-get update`",
        )
    shown = stanzas(apt, names, run)
    return Recipe(release=apt.release, packages={name: shown[name] for name in names})


def newest_time(packages: Sequence[Path]) -> int:
    """Return the latest build time of package files, in seconds since 1970.

    dpkg-deb writes each package's own SOURCE_DATE_EPOCH into its archive's first header, so this
    depends on the packages alone.
    """
    times = []
    for path in packages:
        with path.open("rb") as file:
            times.append(int(file.read(_AR_TIME.stop)[_AR_TIME]))
    return max(times)


def write_repository(folder: Path, recipe: Recipe, files: Mapping[str, Path], epoch: int) -> None:
    """Lay out the packages as an archive of one folder that apt can read: <package>.deb each."""
    entries = []
    for name, stanza in recipe.packages.items():
        os.link(files[name], folder / f"{name}.deb")
        entries.append(re.sub(r"(?m)^Filename: .*$", f"Filename: ./{name}.deb", stanza))
    index = ("\n\n".join(entries) + "\n").encode()
    (folder / "Packages").write_bytes(index)
    date = format_datetime(datetime.fromtimestamp(epoch, UTC), usegmt=True)
    release = [
        f"Suite: {recipe.release}",
        f"Codename: {recipe.release}",
        f"Date: {date.replace('GMT', 'UTC')}",
        f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages",
    ]
    (folder / "Release").write_text("\n".join(release) + "\n", "utf-8")


class Bootstrapper(Record, frozen=True, kw_only=True):
    """mmdebstrap unpacked beside the system, with what its Perl needs in the environment."""

    folder: Path
    environment: dict[str, str]


def fetch_bootstrapper(apt: Apt, debs: Path, folder: Path, run: Runner) -> Bootstrapper:
    """Return mmdebstrap of the host's own release, unpacked into `folder`.

    It is a Perl script; where the machine has only Perl's core, the modules of the same version
    are unpacked beside it. `apt` is that of the host's own release: its Perl has to match.
    """
    names = ["mmdebstrap"]
    path = os.pathsep.join([str(folder / "usr/bin"), os.environ.get("PATH", os.defpath)])
    environment = {**_PLAIN, "PATH": path}
    if not run(["perl", "-MPod::Usage", "-MMath::BigInt", "-e", "1"], check=False).ok:
        told = run(["perl", "-MConfig", "-e", "print $Config{version}, ' ', $Config{archname}"])
        version, _, system = told.stdout.partition(" ")
        short = version.rpartition(".")[0]
        names += [f"perl-modules-{short}", f"libperl{short}"]
        multiarch = system.replace("-gnu-thread-multi", "-gnu")
        modules = (f"usr/share/perl/{version}", f"usr/lib/{multiarch}/perl/{version}")
        environment["PERL5LIB"] = ":".join(str(folder / path) for path in modules)
    unpack(fetch(apt, names, debs, run), folder, run)
    return Bootstrapper(folder=folder, environment=environment)


def bootstrap_argv(
    tool: Bootstrapper, recipe: Recipe, repository: Path, target: Path
) -> list[str | Path]:
    """Return the command that makes `target`, a tar archive, from the packages in `repository`.

    It runs in process and mount namespaces of its own: when it is killed, everything that it
    started and mounted is gone with it.
    """
    options = [f"--dpkgopt={option}" for option in _DPKG_OPTIONS]
    # Debian 12 merges /usr by a package and needs help to begin so; later ones unpack merged.
    if "usr-is-merged" in recipe.packages:
        options.append(f"--hook-dir={tool.folder}/usr/share/mmdebstrap/hooks/maybe-merged-usr")
    return [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"),
        tool.folder / "usr/bin/mmdebstrap",
        *("--mode=root", "--variant=minbase", "--format=tar", "--quiet"),
        *options,
        f'--customize-hook=sh {shlex.quote(str(SLIM))} "$1"',  # a shell line: mmdebstrap(1)
        recipe.release,
        target,
        # Each file's SHA-256 was compared with the signed lists when it was fetched.
        f"deb [trusted=yes] copy:{repository} ./",
    ]


def make_rootfs(
    recipe: Recipe,
    *,
    apt: Apt,
    own: Apt,
    debs: Path,
    scratch: Path,
    run: Runner,
    report: Callable[[str], None],
) -> Path:
    """Return a tar archive in `scratch` with the root file system of `recipe`.

    `apt` is that of the recipe's release, `own` that of the host's. The caller holds the lock of
    `debs` and removes `scratch`.
    """
    names = tuple(recipe.packages)
    report(f"fetching {len(names)} packages of {recipe.release}")
    files = fetch(apt, names, debs / recipe.release, run)
    by_name = {path.name.partition("_")[0]: path for path in files}
    epoch = newest_time(files)
    for name in ("repository", "tool", "tmp"):
        (scratch / name).mkdir()
    write_repository(scratch / "repository", recipe, by_name, epoch)
    tool = fetch_bootstrapper(own, debs / "tool", scratch / "tool", run)
    target = scratch / "rootfs.tar"
    environment = {
        **tool.environment,
        "SOURCE_DATE_EPOCH": str(epoch),
        "TMPDIR": str(scratch / "tmp"),
    }
    argv = bootstrap_argv(tool, recipe, scratch / "repository", target)
    done = run(argv, env=environment, cwd=scratch, timeout=600, check=False)
    if not done.ok:
        raise WorldFailed(
            f"mmdebstrap could not make a root file system of {recipe.release}",
            details=tuple(done.stderr.strip().splitlines()[-12:]),
        )
    return target
