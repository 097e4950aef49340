"""Which drivers an image refuses to start on: the NVIDIA_REQUIRE_* variables of its base.

Imports facts and model. NVIDIA's container runtime reads them before the container starts: words
apart by spaces are alternatives, conditions joined by commas must all hold, several variables must
all be met (NVIDIA Container Toolkit, "Constraints"). An image whose base refuses a driver of the
fleet is built, passes everywhere else, and does not start there.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from packaging.specifiers import SpecifierSet

from validation.facts.load import Facts
from validation.facts.versions import minor_of, version
from validation.matrix.constraints.drivers import oldest_driver
from validation.matrix.constraints.gpus import capability
from validation.model import Fleet, Record

PREFIX = "NVIDIA_REQUIRE_"

_CONDITION = re.compile(r"(?P<what>cuda|driver|arch|brand)(?P<how>>=|<=|!=|==?|<|>)(?P<value>\S+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}


class Host(Record, frozen=True, kw_only=True):
    """What the variables are compared with: the driver, the newest CUDA it knows, its GPUs."""

    driver: str
    cuda: str | None
    gpus: tuple[str, ...]


class Refusals(Record, frozen=True, kw_only=True):
    """Drivers of the fleet that are refused: those that count, and those that hardly run."""

    drivers: tuple[str, ...]
    passing: tuple[str, ...]


def requirements(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the requirements that an image's environment states; empty ones state nothing."""
    return tuple(
        value.strip() for name, value in environment.items() if name.startswith(PREFIX) and value
    )


def accepts(requirement: str, host: Host) -> bool:
    """Return True when one alternative of a requirement holds for a host.

    A brand is taken to fit: which one a GPU has is not told by its architecture, and NVIDIA names
    the same drivers for all of its professional ones.
    """
    return any(
        all(_holds(condition, host) for condition in alternative.split(","))
        for alternative in requirement.split()
    )


def _holds(condition: str, host: Host) -> bool:
    match = _CONDITION.fullmatch(condition)
    if match is None:
        return False  # the runtime refuses what it cannot read
    if match["what"] == "brand":
        return True
    compare = _COMPARE[match["how"]]
    wanted = version(match["value"])
    if match["what"] == "driver":
        return compare(version(host.driver), wanted)
    if match["what"] == "cuda":
        return host.cuda is not None and compare(version(host.cuda), wanted)
    return all(compare(version(".".join(map(str, capability(gpu)))), wanted) for gpu in host.gpus)


def cuda_of(facts: Facts, driver: str) -> str | None:
    """Return the newest CUDA whose own toolkit came with a driver no newer than this one."""
    known = [
        minor_of(name)
        for name, toolkit in facts.cuda_toolkits.toolkits.items()
        if toolkit.linux_driver and _branch(toolkit.linux_driver) <= _branch(driver)
    ]
    return max(known, key=version, default=None)


def _branch(driver: str) -> int:
    return int(driver.split(".", maxsplit=1)[0])


def refusals(facts: Facts, stated: Sequence[str], fleet: Fleet) -> Refusals:
    """Return the drivers of the fleet that the stated requirements refuse.

    What counts is the fleet's oldest driver and every long-term branch that it admits. The short
    branches between them, which NVIDIA leaves out of its lists by intent, are told apart.
    """
    oldest = oldest_driver(fleet.drivers)
    admitted = SpecifierSet(fleet.drivers)
    branches = [name for name in facts.drivers.branches if admitted.contains(name)]
    lasting = [name for name in branches if facts.drivers.branches[name].lts]
    refused = [
        driver
        for driver in dict.fromkeys([*([oldest] if oldest else []), *branches])
        if not all(accepts(each, _host(facts, driver, fleet)) for each in stated)
    ]
    counts = {oldest, *lasting}
    return Refusals(
        drivers=tuple(driver for driver in refused if driver in counts),
        passing=tuple(driver for driver in refused if driver not in counts),
    )


def _host(facts: Facts, driver: str, fleet: Fleet) -> Host:
    return Host(driver=driver, cuda=cuda_of(facts, driver), gpus=fleet.gpus)
