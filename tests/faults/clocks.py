"""A clock that is wrong, or jumps while a verb runs: clock.c beside this, preloaded."""

import random
import subprocess
from pathlib import Path

import pytest

from tests.faults.catalogue import fault
from tests.faults.killing import BUILD, TEST
from tests.faults.lab import Ended, Lab

_DAY = 86_400
# A battery that was empty, a time zone taken for another, a day, a wrong year.
_OFFSETS = (-25 * 365 * _DAY, -_DAY, -3600, 3600, _DAY, 12 * 365 * _DAY)


def faulty_clock(lab: Lab) -> Path:
    """Return the library, compiled once."""
    library = lab.home / "clock.so"
    if not library.exists():
        source = Path(__file__).with_name("clock.c")
        try:
            subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        except FileNotFoundError:
            pytest.skip("a clock that jumps needs a C compiler")
    return library


def jumped(lab: Lab, draw: random.Random, *words: str) -> Ended:
    """Run a verb whose clock is off from the start, or jumps at a moment."""
    setting = lab.home / "clock"
    offset = draw.choice(_OFFSETS)
    moment = draw.choice([0.0, draw.uniform(0.3, 3)])
    setting.write_text("0" if moment else str(offset))
    run = lab.start(*words, LD_PRELOAD=str(faulty_clock(lab)), FAULTY_CLOCK=str(setting))
    run.until(moment)
    setting.write_text(str(offset))
    return run.wait()


@fault("clock jump", "build", share=4, codes={0})
def build_at_another_time(lab: Lab, draw: random.Random) -> Ended:
    return jumped(lab, draw, *BUILD)


@fault("clock jump", "test", share=1, codes={0}, then=TEST)
def prove_at_another_time(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    return jumped(lab, draw, *TEST)


# 3: to another year's clock the index's certificate is not valid.
@fault("clock jump", "lock", share=2, codes={0, 3})
def lock_at_another_time(lab: Lab, draw: random.Random) -> Ended:
    return jumped(lab, draw, "lock")


@fault("clock jump", "report", share=1, codes={0}, then=("report",))
def report_at_another_time(lab: Lab, draw: random.Random) -> Ended:
    return jumped(lab, draw, "report")
