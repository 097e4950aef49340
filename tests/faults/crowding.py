"""Two of our own at once, on one cache, one engine and one checkout."""

import random
import time

from tests.faults.catalogue import fault
from tests.faults.killing import BUILD, TEST
from tests.faults.lab import Ended, Lab


def together(
    lab: Lab, draw: random.Random, one: tuple[str, ...], other: tuple[str, ...], most: float
) -> Ended:
    """Run two verbs, the second up to `most` seconds later; the worse of the two counts."""
    first = lab.start(*one)
    time.sleep(draw.uniform(0, most))
    second = lab.start(*other)
    ended = [first.wait(), second.wait()]
    return max(ended, key=lambda each: (each.code != 0, "Traceback" in each.text))


@fault("two runs at once", "build and build", share=3, codes={0})
def two_builds(lab: Lab, draw: random.Random) -> Ended:
    return together(lab, draw, BUILD, BUILD, 3)


@fault("two runs at once", "build and test", share=1, codes={0}, then=TEST)
def build_and_test(lab: Lab, draw: random.Random) -> Ended:
    return together(lab, draw, TEST, BUILD, 5)


@fault("two runs at once", "test and test", share=1, codes={0}, then=TEST)
def two_tests(lab: Lab, draw: random.Random) -> Ended:
    lab.must("build")
    return together(lab, draw, TEST, TEST, 5)


@fault("two runs at once", "lock and lock", share=1, codes={0})
def two_locks(lab: Lab, draw: random.Random) -> Ended:
    return together(lab, draw, ("lock",), ("lock",), 1)


@fault("two runs at once", "engine up and engine up", share=2, codes={0})
def two_engines_up(lab: Lab, draw: random.Random) -> Ended:
    lab.stop_engine()
    return together(lab, draw, ("engine", "up"), ("engine", "up"), 2)


@fault("two runs at once, one killed", "build and build", share=2, codes={0})
def one_of_two_builds_is_killed(lab: Lab, draw: random.Random) -> Ended:
    doomed = lab.start("build")
    time.sleep(draw.uniform(0, 1))
    other = lab.start("build")
    doomed.until(draw.uniform(0.5, 4))
    doomed.process.kill()
    doomed.wait()
    return other.wait()
