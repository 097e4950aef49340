"""A base, or a torch wheel, that needs a newer driver than the fleet has.

`fleet.drivers` in matrix.yaml says what the hosts have. An image whose CUDA major needs a newer
driver builds well and fails on the host with "CUDA driver version is insufficient". By
minor-version compatibility CUDA 12.x runs from 525.60.13 on, 13.x from 580.65.06 on.
"""

from validation.facts.versions import minor_of
from validation.matrix.constraints.drivers import driver
from validation.watch.installed import installed_of
from validation.watch.nouns import Reference
from validation.watch.rules.rule import Scanned, Seen, rule
from validation.watch.signals.subject import subject_of


def _look(scanned: Scanned) -> Seen:
    for each in scanned.references:
        fleet = scanned.ground.fleet_of(each)
        for what, cuda in _needs(each) if fleet.drivers else ():
            for reason in driver(
                scanned.ground.facts,
                cuda=cuda,
                drivers=fleet.drivers,
                gpus=fleet.gpus,
                torch=None,
                base="nvidia-cuda",
            ):
                if not reason.unknown:
                    message = f"{what}: {reason.message}; {reason.fact} ({reason.source})"
                    yield each.place, message, "update the hosts' drivers, or stay below"


def _needs(reference: Reference) -> list[tuple[str, str]]:
    """Return what needs a driver, with its CUDA major.minor: the base, and torch's own wheel."""
    needs = []
    subject = subject_of(reference.resolved) if reference.resolved else None
    if subject is not None and subject.kind == "cuda" and subject.release:
        needs.append((reference.resolved or "", minor_of(subject.release)))
    variant = installed_of(reference.installs).variant
    if variant.startswith("cu") and variant[2:].isdecimal() and len(variant) == 5:
        needs.append((f"torch's wheel {variant}", f"{variant[2:4]}.{variant[4:]}"))
    return needs


RULE = rule("driver-above-fleet", "error", __doc__, _look)
