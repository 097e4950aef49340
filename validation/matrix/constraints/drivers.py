"""Drivers: every host of the fleet runs the image's CUDA.

Pure; imports facts and model only.
"""

from functools import lru_cache

from validation.facts.load import Facts, cite
from validation.facts.versions import comparisons, minor_of, version
from validation.matrix.constraints.gpus import gpus_on_ptx
from validation.matrix.constraints.rule import FINE, Reasons, no, unsure


@lru_cache(maxsize=256)
def oldest_driver(drivers: str) -> str | None:
    """Return the oldest driver that a specifier admits (">=535" → "535"), None: no lower end."""
    lower = {">=", ">", "==", "===", "~="}
    bounds = [
        bound.removesuffix(".*") for operator, bound in comparisons(drivers) if operator in lower
    ]
    return max(bounds, key=version, default=None)


def _admits(driver: str, *, needed: str, branch: str) -> bool:
    """Return True when `driver` is new enough; a bare branch number is compared by branch."""
    return version(driver) >= version(branch if "." not in driver else needed)


def driver(
    facts: Facts,
    *,
    cuda: str,
    drivers: str,
    gpus: tuple[str, ...],
    torch: str | None,
    base: str,
) -> Reasons:
    """Require of every driver of the fleet that it runs the image's CUDA.

    Minor-version compatibility: 11.x runs from 450.80.02, 12.x from 525.60.13, 13.x from
    580.65.06. It does not reach to PTX: code that a GPU can only run through PTX is compiled by
    the driver, which must be as new as the toolkit. Source: CUDA release notes, CUDA
    compatibility guide ("Application Considerations").
    """
    if not drivers:
        return FINE
    oldest = oldest_driver(drivers)
    table = facts.cuda_toolkits
    major = cuda.split(".", maxsplit=1)[0]
    least = table.minimum_driver.get(major)
    if least is None:
        fact = f"known for CUDA {', '.join(table.minimum_driver)}"
        message = f"it is not known which driver CUDA {cuda} needs"
        return (unsure("driver", message, fact, cite(table, "compat")),)
    fact = f"CUDA {major}.x needs driver {least.driver} (branch {least.branch})"
    source = f"{cite(table, least.source)}; {cite(table, least.branch_source)}"
    if oldest is None:
        message = f"the fleet's drivers {drivers!r} have no lower end, CUDA {cuda} needs one"
        return (no("driver", message, fact, source),)
    if not _admits(oldest, needed=least.driver, branch=least.branch):
        message = f"the fleet has drivers from {oldest} on ({drivers}), too old for CUDA {cuda}"
        return (no("driver", message, fact, source),)
    if base == "ngc" or torch is None:
        return FINE
    return _ptx(facts, cuda, oldest, gpus_on_ptx(facts, torch, cuda, gpus))


def _ptx(facts: Facts, cuda: str, oldest: str, gpus: tuple[str, ...]) -> Reasons:
    """Require the toolkit's own driver where a GPU is reached through PTX only."""
    if not gpus:
        return FINE
    table = facts.cuda_toolkits
    own = {
        name: found
        for name, found in table.toolkits.items()
        if minor_of(name) == cuda and found.linux_driver
    }
    names = ", ".join(gpus)
    if not own:
        message = f"{names} would run PTX; it is not known which driver compiles CUDA {cuda}'s"
        fact = f"no driver is recorded for CUDA {cuda}"
        return (unsure("driver", message, fact, cite(table, "archive")),)
    first = min(own, key=version)
    needed = str(own[first].linux_driver)
    if version(oldest) >= version(needed):
        return FINE
    message = f"{names} would run PTX, which the fleet's driver {oldest} cannot compile"
    fact = f"CUDA {first} came with driver {needed}; minor-version compatibility excludes PTX"
    return (no("driver", message, fact, cite(table, own[first].source)),)
