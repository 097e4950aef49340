"""Finds a Chromium: the one on PATH, or the distribution's package beside the system.

Nothing is installed: apt fetches the packages with its own verification, and they are unpacked
into the cache. Playwright drives whatever Chromium it is told of; none of its own is downloaded.
"""

import os
import shutil
import subprocess
from pathlib import Path

from validation.engine.apt import closure, fetch, host_release, open_apt, unpack
from validation.process import run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core")
# The host has a C library, and its loader belongs to it: another one beside it would not do.
NOT_UNPACKED = {"libc6", "libc-bin", "libgcc-s1", "libstdc++6", "gcc-12-base"}
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{root}/fonts-cache</cachedir></fontconfig>
"""


def installed() -> Path | None:
    """Return the machine's own Chromium, or None."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


def fetched(cache: Path) -> Path:
    """Return the distribution's Chromium, unpacked under `cache`; raises `WorldFailed`."""
    folder = cache / "browser"
    program = folder / "chromium"
    if program.is_file():
        return program
    codename = host_release().get("VERSION_CODENAME", "")
    apt = open_apt(folder / "apt", codename, None, run)
    names = [name for name in closure(apt, PACKAGES, run) if name not in NOT_UNPACKED]
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    unpack(fetch(apt, names, folder / "files", run), root, run)
    shutil.rmtree(folder / "files")
    (folder / "fonts.conf").write_text(_FONTS.format(root=root))
    libraries = f"{root}/usr/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu"
    program.write_text(
        f"#!/bin/sh\nLD_LIBRARY_PATH={libraries} FONTCONFIG_FILE={folder}/fonts.conf"
        f' exec {root}/usr/lib/chromium/chromium "$@"\n'
    )
    program.chmod(0o755)
    told = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, timeout=60
    )
    if told.returncode != 0:
        program.unlink()
        raise RuntimeError(f"the distribution's Chromium does not run here: {told.stderr}")
    return program


def cache_folder() -> Path:
    """Return where what was fetched is kept: the tool's own cache."""
    return Path(os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright")
