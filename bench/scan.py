"""How long a scan takes: thousands of Dockerfiles offline, 500 tags of a registry 50 ms away.

    offline    `imagewright scan --offline --format json` as a whole process, at a quarter, a half,
               all and twice as many files (is it linear?). The target for 2,000: 1.5 s, 150 MB.
               Renovate's extraction of the same 2,000 beside it; it resolves ARGs partly, and
               judges nothing. bench/references.py has hadolint and dockerfile-parse.
    registry   `imagewright scan -` over 500 tags of Debian's docker-registry on loopback, each
               request held up by 50 ms; the ideal is requests x 50 ms / requests at once, and the
               target 1.5 times that. First with an empty cache, then with a full one.
               `skopeo inspect` in a loop over 20 of the tags beside it.

Seconds are of the clock, the least of several runs, with those of the processor beside them: a
machine on which others work is told by their difference, and by its load. Prints figures and
ratios, asserts nothing; what cannot be had here is left out, and said to be.
Run: python bench/scan.py [FILES].
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import peers  # noqa: E402  (found by the line above)
from references import say, write_files  # noqa: E402  (as above)

from tests.engine import registry as real  # noqa: E402  (as above)
from validation.cli.asking import JOBS  # noqa: E402  (as above)

TAGS, LATENCY, BESIDE, RUNS = 500, 0.05, 20, 3
SCAN = (sys.executable, "-m", "validation", "scan", "--today", "2026-11-23", "--format", "json")


class Taken(NamedTuple):
    """What a process took: seconds by the clock, of the processor, and most megabytes."""

    seconds: float
    processor: float
    megabytes: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.2f} s  {self.processor:6.2f} s of processor  {self.megabytes:4.0f} MB"
        )


def timed(
    words: Sequence[str],
    environment: Mapping[str, str] | None = None,
    **options: Any,  # noqa: ANN401  (Popen's)
) -> Taken:
    """Return what a process took, whose output goes nowhere.

    Python may keep what it compiled, as it does wherever the command is installed.
    """
    known = {**os.environ, **(environment or {})}
    known.pop("PYTHONDONTWRITEBYTECODE", None)
    begin = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=known, **options)
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    processor = usage.ru_utime + usage.ru_stime
    return Taken(time.perf_counter() - begin, processor, usage.ru_maxrss / 1000)


def offline(files: int) -> None:
    """Print what a whole scan takes at several numbers of files, and Renovate beside one."""
    timed([*SCAN, "--offline", "debian:12"])  # compiles what was not compiled yet
    for count in (files // 4, files // 2, files, 2 * files):
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), count)
            own = min(timed([*SCAN, "--offline", folder]) for _ in range(RUNS))
            each = f"{own.processor / count * 1e6:4.0f} µs a file"
            say(f"offline    {count:5} files  {own}  {each}")
            if count == files:
                beside_renovate(Path(folder), own)


def beside_renovate(folder: Path, own: Taken) -> None:
    """Print what Renovate's extraction takes over the same files."""
    try:
        words, environment = peers.renovate()
    except peers.Missing as why:
        say(f"renovate   left out: {why}")
        return
    git = shutil.which("git") or "git"
    subprocess.run([git, "init", "-q"], cwd=folder, check=True)
    subprocess.run([git, "add", "."], cwd=folder, check=True)
    quiet = {"cwd": folder, "stderr": subprocess.DEVNULL}
    other = min(timed(words, environment, **quiet) for _ in range(RUNS))
    ratio = f"{other.seconds / own.seconds:.1f} x by the clock"
    say(f"renovate   the same     {other}  {ratio}, {other.processor / own.processor:.1f} x")


def online(folder: Path) -> None:
    """Print what 500 tags take with 50 ms on every request, and the ideal."""
    program = real.unpack(folder)
    with real.running(program, folder) as registry, real.spoiled(registry) as proxy:
        names = [f"bench/one:{number}" for number in range(TAGS)]
        for number in range(TAGS):
            registry.image("bench/one", str(number), env=[f"NUMBER={number}"])
        proxy.delay = LATENCY
        given = folder / "names"
        given.write_text("\n".join(names))
        words = [*SCAN, "--registry-mirror", proxy.url, "--fail-on", "never", "-"]
        cache = {"IMAGEWRIGHT_CACHE": str(folder / "cache")}
        taken = []
        for state in ("empty cache", "full cache"):
            proxy.requests.clear()
            with given.open() as stdin:
                own = timed(words, cache, stdin=stdin)
            taken.append(own.seconds)
            asked = len(proxy.requests)
            ideal = asked * LATENCY / JOBS
            say(
                f"registry   {state:11}  {asked:5} requests  {own}"
                f"  {own.seconds / ideal:5.2f} x the ideal of {ideal:.2f} s"
            )
        beside_skopeo(proxy.url, folder, taken[0])


def beside_skopeo(url: str, folder: Path, own: float) -> None:
    """Print what skopeo takes for each tag, in a loop."""
    unpacked = folder / "skopeo"
    unpacked.mkdir()
    try:
        command, environment = peers.skopeo(unpacked)
    except peers.Missing as why:
        say(f"skopeo     left out: {why}")
        return
    host = url.removeprefix("http://")
    # The proxy on loopback speaks plain http, which skopeo has to be told.
    settings = folder / "registries.conf"
    settings.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    command += ["--registries-conf", str(settings)]
    begin = time.perf_counter()
    for number in range(BESIDE):
        words = [*command, "inspect", f"docker://{host}/bench/one:{number}"]
        known = {**os.environ, **environment}
        done = subprocess.run(words, check=False, capture_output=True, text=True, env=known)
        if done.returncode:
            say(f"skopeo     left out: {done.stderr.strip()[-200:]}")
            return
    each = (time.perf_counter() - begin) / BESIDE
    say(
        f"skopeo     {BESIDE} tags  {each * 1000:6.0f} ms each, {each * TAGS:.1f} s for {TAGS}:"
        f" {each * TAGS / own:.1f} x"
    )


if __name__ == "__main__":
    load = os.getloadavg()[0]
    say(f"{os.cpu_count()} processors, load {load:.1f} before it begins")
    offline(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
    with tempfile.TemporaryDirectory() as kept:
        Path(kept).chmod(0o755)
        online(Path(kept))
