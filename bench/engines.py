"""The wheels family on one engine against two, where the builds wait for the network.

Two private engines of their own run here, each behind a Docker context and each with a link of its
own to a package index on loopback (RATE bytes a second, LATENCY seconds an answer), since one
machine has only one real network. A round builds the three images of this repository's wheels
family in one engine, then shared over both, each time from nothing: no image, no build cache, no
record of an earlier build to share by. What the two engines made is proven where it lies, and the
receipts must say so. Told are both wall times and the bytes that went over each link.

    python bench/engines.py [ROUNDS]

Needs root, Debian 12, 60 GB of disk and the index that pip is configured with. A round takes about
fifteen minutes.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from tests.engine.conftest import Checkout, copy_checkout  # noqa: E402  (found by the line above)
from tests.engine.limited_index import Index, limited_index  # noqa: E402  (as above)
from tests.engine.many import Contexts, Second, default_project  # noqa: E402  (as above)
from validation.engine.client import find_engine  # noqa: E402  (as above)

RATE = 25_000_000
LATENCY = 0.02
WANTED = "family=wheels"
IMAGES = 3


def say(text: str) -> None:
    """Write one line at once."""
    print(text, flush=True)  # noqa: T201  (a benchmark tells its figures)


def fetch_wheels(checkout: Checkout, into: Path) -> None:
    """Download every wheel that is locked for the builds, by its hash, from pip's own index.

    The inference image goes along with training images, unasked.
    """
    images = checkout.root / "images"
    for lock in sorted((*images.glob("wheels-*/*.lock"), *images.glob("inference-*/*.lock"))):
        words = ["download", "-qq", "--no-deps", "--require-hashes", "--requirement", lock]
        subprocess.run(
            [sys.executable, "-m", "pip", *words, "--no-cache-dir", "--dest", into], check=True
        )


@contextlib.contextmanager
def two_engines() -> Iterator[dict[str, Second]]:
    """Run two private engines for the block, from the packages that are in the cache already."""
    engines: dict[str, Second] = {}
    try:
        for name in ("first", "second"):
            cache = Path(tempfile.mkdtemp(prefix=f"iw-bench-{name}-", dir="/tmp"))
            left = default_project().cache / "packages"
            if left.is_dir():
                shutil.copytree(left, cache / "packages")
            engines[name] = Second(cache, containerd_store=False)
            engines[name].up()
        yield engines
    finally:
        for engine in engines.values():
            engine.down()
            shutil.rmtree(engine.layout.cache)


def timed(checkout: Checkout, where: str, environment: dict[str, str]) -> float:
    """Build the family in the contexts that `where` names; return the seconds that took."""
    shutil.rmtree(checkout.root / "out", ignore_errors=True)
    words = ("build", WANTED, "--context", where, "--bases", "bootstrap")
    start = time.monotonic()
    done = checkout.imagewright(*words, timeout=3600, **environment)
    took = time.monotonic() - start
    if " 0 unchanged, 0 failed" not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return took


def forget(engines: dict[str, Second]) -> None:
    """Leave no image and no build cache in any engine."""
    for engine in engines.values():
        engine.docker("system", "prune", "--all", "--force")
        engine.docker("builder", "prune", "--all", "--force")


def prove(checkout: Checkout, where: str, environment: dict[str, str]) -> None:
    """Prove the images where they lie and tell what their receipts say of the place."""
    words = ("test", WANTED, "--context", where, "--gpu", "never")
    done = checkout.imagewright(*words, timeout=3600, **environment)
    say(next(line for line in done.stdout.splitlines() if "proofs ran" in line))
    receipts = sorted(checkout.root.glob("out/receipts/*/*.json"))
    if len(receipts) != IMAGES:
        raise SystemExit(f"{len(receipts)} receipts instead of {IMAGES}")
    for receipt in map(json.loads, (path.read_text() for path in receipts)):
        name, built = receipt["image"]["id"], receipt["built"]["built_in"]
        say(f"{name}: built in {built}, proven in {receipt['engine']['place']}")


def measure(checkout: Checkout, index: Index, engines: dict[str, Second], rounds: int) -> None:
    """Build both ways in turn and print what came of it."""
    client = find_engine(default_project())
    hosts = (engine.layout.host for engine in engines.values())
    contexts = Contexts(checkout.root.parent / "docker", client, *hosts)
    environment = contexts.environment | {
        "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url,
        "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "",
    }  # fmt: skip
    both = ",".join(engines)
    for number in range(rounds):
        took = {}
        for where in ("first", both):
            forget(engines)
            index.carried.clear()
            took[where] = timed(checkout, where, environment)
            links = ", ".join(f"{at} {n / 1e6:.0f} MB" for at, n in index.carried.items())
            say(f"round {number + 1}, {where}: {took[where]:.1f} s; over the links: {links}")
        say(f"round {number + 1}: two engines take {took[both] / took['first']:.2f} of one's time")
    prove(checkout, both, environment)


def main() -> None:
    """Run as many rounds as the command line says, one without it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory(prefix="imagewright-bench-") as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        wheels = Path(folder) / "wheels"
        wheels.mkdir()
        fetch_wheels(checkout, wheels)
        size = sum(path.stat().st_size for path in wheels.iterdir())
        say(f"{len(list(wheels.iterdir()))} wheels, {size / 1e6:.0f} MB; each engine's link: "
            f"{RATE / 1e6:.0f} MB/s, {LATENCY * 1000:.0f} ms")  # fmt: skip
        with two_engines() as engines:
            roots = {name: engine.layout.data for name, engine in engines.items()}
            with limited_index(wheels, roots, rate=RATE, latency=LATENCY) as index:
                measure(checkout, index, engines, rounds)


if __name__ == "__main__":
    main()
