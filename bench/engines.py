"""One engine against two, for builds that wait for the network; prints both wall times.

Two private engines of their own run here, each behind a Docker context and each with a link of its
own to a package index on loopback (RATE bytes a second, LATENCY seconds an answer), since one
machine has only one real network. Four images are built, each with a large wheel of its own as
the wheels family has its CUDA, on layers that both engines have already. Every round builds all
four in one engine, then shared over both; the smallest of each is told, with the bytes that went
over each link.

    python bench/engines.py [ROUNDS]

Needs root, Debian 12 and the index that pip is configured with. Takes about six minutes.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from tests.engine.conftest import ROOT, Checkout  # noqa: E402  (found by the line above)
from tests.engine.limited_index import limited_index  # noqa: E402  (as above)
from tests.engine.many import Contexts, Second, default_project  # noqa: E402  (as above)
from validation.engine.client import find_engine  # noqa: E402  (as above)

RATE = 3_000_000
LATENCY = 0.02
FAMILIES = {
    "warm": (),
    "arrow": ("pyarrow",),
    "frames": ("polars",),
    "science": ("scipy",),
    "tables": ("duckdb",),
}
INSTALL = '{{ begin("install " ~ lock) }}'


def say(text: str) -> None:
    """Write one line at once."""
    print(text, flush=True)  # noqa: T201  (a benchmark tells its figures)


def make_checkout(root: Path) -> Checkout:
    """Return a checkout of our templates with one small family for each large wheel, locked."""
    root.mkdir()
    for part in ("templates", "trainer"):
        shutil.copytree(ROOT / part, root / part)
    shutil.copyfile(ROOT / ".dockerignore", root / ".dockerignore")
    families = "".join(
        f"  {name}: {{base: distro, workload: inference, os: debian12, python: '3.11', "
        f"onnxruntime: auto, numpy: auto, onnx: auto, budget: 700 MB, "
        f"packages: [{', '.join(('fastapi', 'uvicorn', *packages))}]}}\n"
        for name, packages in FAMILIES.items()
    )
    (root / "matrix.yaml").write_text(
        f"version: 1\nrepository: imagewright-bench\nuv: 0.13.9\nimages:\n{families}"
    )
    made = Checkout(root)
    made.imagewright("lock")
    made.imagewright("render")
    return made


def fetch_wheels(checkout: Checkout, into: Path) -> None:
    """Download every locked wheel, by its hash, from the index that pip is configured with."""
    for lock in sorted(checkout.root.glob("images/*/*.lock")):
        words = ["download", "-qq", "--no-deps", "--require-hashes", "--requirement", lock]
        subprocess.run([sys.executable, "-m", "pip", *words, "--dest", into], check=True)


@contextlib.contextmanager
def two_engines() -> Iterator[tuple[Second, Second]]:
    """Run two private engines for the block, from the packages that are in the cache already."""
    engines = []
    try:
        for name in ("one", "two"):
            cache = Path(tempfile.mkdtemp(prefix=f"iw-bench-{name}-", dir="/tmp"))
            left = default_project().cache / "packages"
            if left.is_dir():
                shutil.copytree(left, cache / "packages")
            engines.append(Second(cache))
            engines[-1].up()
        yield engines[0], engines[1]
    finally:
        for engine in engines:
            engine.down()
            shutil.rmtree(engine.layout.cache)


def timed(checkout: Checkout, where: str, token: str, environment: dict[str, str]) -> float:
    """Build the four images anew from their install step on; return the seconds that took."""
    macros = checkout.root / "templates/macros.j2"
    plain = (ROOT / "templates/macros.j2").read_text()
    if INSTALL not in plain:
        raise SystemExit("the install step is not where this script looks for it")
    macros.write_text(plain.replace(INSTALL, f'{{{{ begin("install " ~ lock ~ ", {token}") }}}}'))
    checkout.imagewright("render")
    # no history: what past builds cost would make the second way's shares better than the first's
    shutil.rmtree(checkout.root / "out", ignore_errors=True)
    names = [f"family={name}" for name in FAMILIES if name != "warm"]
    start = time.monotonic()
    words = ("build", *names, "--context", where, "--bases", "bootstrap")
    done = checkout.imagewright(*words, timeout=1800, **environment)
    took = time.monotonic() - start
    if "4 built" not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return took


def measure(checkout: Checkout, scratch: Path, rounds: int) -> None:
    """Measure both ways in turn and print what came of it."""
    wheels = scratch / "wheels"
    fetch_wheels(checkout, wheels)
    size = sum(path.stat().st_size for path in wheels.iterdir())
    say(f"{len(list(wheels.iterdir()))} wheels, {size / 1e6:.0f} MB; each engine's link: "
        f"{RATE / 1e6:.0f} MB/s, {LATENCY * 1000:.0f} ms")  # fmt: skip
    with two_engines() as (one, two):
        client = find_engine(default_project())
        contexts = Contexts(scratch / "docker", client, one.layout.host, two.layout.host)
        roots = {name: engine.layout.data for name, engine in (("one", one), ("two", two))}
        with limited_index(wheels, roots, rate=RATE, latency=LATENCY) as index:
            environment = contexts.environment | {
                "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url,
                "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "",
            }  # fmt: skip
            for name in ("first", "second"):
                words = ("build", "family=warm", "--context", name, "--bases", "bootstrap")
                checkout.imagewright(*words, "--no-cache", timeout=1800, **environment)
            best: dict[str, float] = {}
            for number in range(rounds):
                for where in ("first", "first,second"):
                    for engine in (one, two):
                        mounts = ("--filter", "type=exec.cachemount")
                        engine.docker("builder", "prune", "--force", *mounts)
                    index.carried.clear()
                    took = timed(checkout, where, f"round {number} in {where}", environment)
                    best[where] = min(took, best.get(where, took))
                    links = ", ".join(f"{n / 1e6:.0f} MB" for n in index.carried.values())
                    say(f"round {number + 1}, {where}: {took:.1f} s; over the links: {links}")
    one_took, two_took = best["first"], best["first,second"]
    say(f"one engine {one_took:.1f} s, two {two_took:.1f} s, ratio {two_took / one_took:.2f}")


def main() -> None:
    """Run as many rounds as the command line says, two without it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    with tempfile.TemporaryDirectory(prefix="imagewright-bench-") as folder:
        scratch = Path(folder)
        (scratch / "wheels").mkdir()
        measure(make_checkout(scratch / "checkout"), scratch, rounds)


if __name__ == "__main__":
    main()
