"""The entries under `images:` → families: one for each, or one for each block of its `each`.

Pure; imports grammar, read and the records. What no single key shows is checked here: what a base
and a workload need and cannot have.
"""

import re
from collections.abc import Sequence

from validation.matrix.grammar import (
    AXES,
    BECAUSE,
    FAMILY,
    REQUIRED_BY_BASE,
    REQUIRED_BY_WORKLOAD,
)
from validation.matrix.ids import LONGEST_ID, id_part
from validation.matrix.problems import Place, Problems
from validation.matrix.read import Section
from validation.matrix.scalars import size_in_megabytes
from validation.model import Family, Fleet


def read_families(top: Section, problems: Problems) -> tuple[Family, ...]:
    """Return the families of a checked file, in its order; what is wrong is added to `problems`."""
    images = top.section("images")
    if images is None:
        return ()
    shared = top.section("fleet")
    found = []
    for name, (entry,) in images.sections.items():
        blocks = entry.sections.get("each", ())
        for block in blocks or (None,):
            section = entry if block is None else _completed(entry, block)
            place = images.keys[name] if block is None else block.place
            fleets = [each.section("fleet") for each in (block, entry) if each is not None]
            layers = [layer for layer in (*fleets, shared) if layer is not None]
            _check_family(name, place, section, layers, problems)
            found.append(_family(name, place, section, fleet_of(*layers)))
    return tuple(found)


def _completed(entry: Section, block: Section) -> Section:
    """Return a family's keys with a block's in front of them."""
    return Section(
        place=block.place,
        scalars={**entry.scalars, **block.scalars},
        sections={**entry.sections, **block.sections},
        keys={**entry.keys, **block.keys},
        meant=entry.meant | block.meant,
    )


def _family(name: str, place: Place, section: Section, fleet: Fleet) -> Family:
    base = section.text("base", "distro")
    return Family(
        name=name,
        base=base,  # type: ignore[arg-type]  # the grammar's choices are the Literal's: tested
        template=section.text("template", base),
        workload=section.text("workload", "training"),  # type: ignore[arg-type]  # as above
        axes={axis: section.texts(axis) for axis in AXES if section.scalars.get(axis)},
        packages=section.texts("packages"),
        platforms=section.texts("platforms") or ("linux/amd64",),
        fleet=fleet,
        budget_mb=size_in_megabytes(section.text("budget")) or 0,
        patch=section.text("patch") or None,
        because=" ".join(section.text(BECAUSE).split()),
        line=place.line,
        column=place.column,
    )


def fleet_of(*layers: Section) -> Fleet:
    """Return the hosts to run on: each key of the first layer that has it, else no demand."""
    drivers = next((layer.text("drivers") for layer in layers if layer.text("drivers")), "")
    gpus = next((layer.texts("gpus") for layer in layers if layer.texts("gpus")), ())
    return Fleet(drivers=drivers, gpus=gpus)


def _check_family(
    name: str, place: Place, section: Section, fleets: Sequence[Section], problems: Problems
) -> None:
    base, workload = section.text("base"), section.text("workload")
    needs = dict.fromkeys(REQUIRED_BY_BASE.get(base, ()), f"base {base}")
    if base != "ngc":
        for axis in REQUIRED_BY_WORKLOAD.get(workload, ()):
            needs.setdefault(axis, f"workload {workload}")
    for axis, reason in needs.items():
        if section.lacks(axis):
            problems.add(place, f"images.{name} needs {axis!r}: {reason} cannot do without")
    if section.lacks("budget"):
        problems.add(section.place, f"images.{name} needs 'budget': {FAMILY['budget'].about}")
    _check_nvidia(name, base, section, problems)
    if "cuda" in section.keys:
        for key in ("drivers", "gpus"):
            if all(layer.lacks(key) for layer in fleets):
                message = f"images.{name} has cuda and no fleet.{key}: say what it must run on"
                problems.add(place, message)
    _check_packages(name, section, problems)
    _check_id_length(name, place, section, problems)


def _check_nvidia(name: str, base: str, section: Section, problems: Problems) -> None:
    """Only nvidia/cuda has flavors, and tags of every patch release."""
    if not base or base == "nvidia-cuda":
        return
    for key, what in (("flavor", "flavors"), ("patch", "a tag of each CUDA patch release")):
        if key in section.keys:
            message = f"images.{name}.{key}: only base nvidia-cuda has {what}, not {base}"
            problems.add(section.keys[key], message)


def _check_packages(name: str, section: Section, problems: Problems) -> None:
    first: dict[str, int] = {}
    for scalar in section.scalars.get("packages", ()):
        found = re.match(r"[A-Za-z0-9._-]*[A-Za-z0-9]", scalar.text)
        package = re.sub(r"[-_.]+", "-", found.group().lower()) if found else ""  # PEP 503
        path = f"images.{name}.packages"
        if package in AXES:
            message = f"{path}: {package} is an axis: write {package}: auto, or its version"
            problems.add(scalar.place, message)
        elif first.setdefault(package, scalar.place.line) != scalar.place.line:
            line = first[package]
            problems.add(scalar.place, f"{path} names {package} twice; first in line {line}")


def _check_id_length(name: str, place: Place, section: Section, problems: Problems) -> None:
    longest = len(name) + sum(
        max((len(id_part(axis, value)) for value in section.texts(axis)), default=0)
        for axis in AXES
    )
    if longest > LONGEST_ID:
        message = f"images.{name}: an id would have {longest} characters; a tag has {LONGEST_ID}"
        problems.add(place, message + " at most: shorten the family's name")
