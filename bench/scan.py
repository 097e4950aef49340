"""How long a scan takes: 2,000 Dockerfiles offline, 500 tags against a registry 50 ms away.

    offline    `imagewright scan --offline` as a whole process: seconds of the clock, peak memory,
               at 1,000 and 2,000 files (is it linear?). The target is 1.5 s and 150 MB.
    registry   `imagewright scan -` over 500 tags of Debian's docker-registry on loopback, each
               request held up by 50 ms; the ideal is requests x 50 ms / requests at once, and the
               target 1.5 times that. First with an empty cache, then with a full one.
    skopeo     `skopeo inspect` in a loop over 20 of the tags, where it is installed.

bench/references.py has hadolint and dockerfile-parse over the same files. Prints figures and
ratios, asserts nothing. Run: python bench/scan.py [FILES].
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from references import say, write_files  # noqa: E402  (found by the line above)

from tests.engine import registry as real  # noqa: E402  (as above)
from validation.cli.asking import JOBS  # noqa: E402  (as above)

TAGS, LATENCY, BESIDE = 500, 0.05, 20
SCAN = (sys.executable, "-m", "validation", "scan", "--today", "2026-11-23", "--format", "json")


def timed(words: Sequence[str], **options: Any) -> tuple[float, float]:  # noqa: ANN401  (Popen's)
    """Return seconds and peak megabytes of a process, whose output goes nowhere."""
    begin = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, **options)
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return time.perf_counter() - begin, usage.ru_maxrss / 1000


def offline(files: int) -> None:
    """Print what a whole scan of so many files takes, and of half of them."""
    for count in (files // 2, files):
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), count)
            seconds, megabytes = min(timed([*SCAN, "--offline", folder]) for _ in range(3))
        say(f"offline    {count:5} files  {seconds:6.2f} s  {megabytes:5.0f} MB")


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
        environment = {**os.environ, "IMAGEWRIGHT_CACHE": str(folder / "cache")}
        for state in ("empty cache", "full cache"):
            proxy.requests.clear()
            with given.open() as stdin:
                seconds, _ = timed(words, stdin=stdin, env=environment)
            asked = len(proxy.requests)
            ideal = asked * LATENCY / JOBS
            say(
                f"registry   {state:11}  {asked:5} requests  {seconds:6.2f} s"
                f"  {seconds / ideal:5.2f} x the ideal of {ideal:.2f} s"
            )
        skopeo(proxy.url, folder)


def skopeo(url: str, folder: Path) -> None:
    """Print what skopeo takes for each tag, in a loop."""
    program = shutil.which("skopeo")
    if program is None:
        say("skopeo     not installed: left out")
        return
    host = url.removeprefix("http://")
    # The proxy on loopback speaks plain http, which skopeo has to be told.
    settings = Path(folder, "registries.conf")
    settings.write_text(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n')
    environment = {**os.environ, "CONTAINERS_REGISTRIES_CONF": str(settings)}
    begin = time.perf_counter()
    for number in range(BESIDE):
        words = [program, "inspect", f"docker://{host}/bench/one:{number}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment)
    each = (time.perf_counter() - begin) / BESIDE
    say(f"skopeo     {BESIDE} tags  {each * 1000:6.0f} ms each, {each * TAGS:.1f} s for {TAGS}")


if __name__ == "__main__":
    offline(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
    with tempfile.TemporaryDirectory() as kept:
        Path(kept).chmod(0o755)
        online(Path(kept))
