"""Run every target under hypothesis and under atheris, each for so many minutes.

    python -m tests.fuzz --minutes 5 [--only dockerfile,compose] [--engine atheris]

Each runs in a process of its own with 4 GB of address space. Prints a line for each; exits 1 where
anything was found, with the text that did it under out/fuzz/. Without atheris, which has wheels
for few Pythons, hypothesis runs alone, and that is said.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.targets import TARGETS

OUT = Path(__file__).parents[2] / "out/fuzz"
ENGINES = ("hypothesis", "atheris")
_PATIENCE = (
    120  # seconds that a process may need beyond its time: start, instrumentation, shrinking
)


def main() -> int:
    """Run what is asked for; return 1 where something was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--minutes", type=float, default=5.0)
    asked.add_argument("--only", default=",".join(TARGETS))
    asked.add_argument("--engine", choices=ENGINES, action="append")
    words = asked.parse_args()
    engines = words.engine or list(ENGINES)
    if "atheris" in engines and importlib.util.find_spec("atheris") is None:
        sys.stdout.write("atheris is not there for this Python: left out\n")
        engines.remove("atheris")
    OUT.mkdir(parents=True, exist_ok=True)
    found = [
        f"{target}: {engine}"
        for target in words.only.split(",")
        for engine in engines
        if not ran(target, engine, words.minutes * 60)
    ]
    sys.stdout.write(f"found: {', '.join(found)}\n" if found else "nothing was found\n")
    return 1 if found else 0


def ran(target: str, engine: str, seconds: float) -> bool:
    """Run one target under one engine, print a line, and return whether it held."""
    log = OUT / f"{target}-{engine}.log"
    words = [sys.executable, "-m", "tests.fuzz.one", target, engine, str(seconds), str(OUT)]
    begin = time.monotonic()
    with log.open("wb") as file:
        try:
            done = subprocess.run(
                words, stdout=file, stderr=file, timeout=seconds + _PATIENCE, check=False
            )
            held = done.returncode == 0
        except subprocess.TimeoutExpired:
            held = False
    told = re.findall(r"Done (\d+) runs", log.read_text(errors="replace"))
    count = f"{int(told[-1]):,} texts" if told else "no count"
    took = time.monotonic() - begin
    verdict = "held" if held else f"FOUND: {log}"
    sys.stdout.write(f"{target:14} {engine:10} {took:6.0f} s  {count:>16}  {verdict}\n")
    sys.stdout.flush()
    return held


if __name__ == "__main__":
    sys.exit(main())
