"""Pins of several platforms as one: what all share once, the rest behind a marker.

Pure; imports compile's `Resolution`. A lock is installed on each of its platforms; markers are
PEP 508's, which pip and uv read alike.
"""

from collections.abc import Mapping

from validation.lock.compile import Resolution


def machine_of(platform: str) -> str:
    """Return the machine of uv's name for a platform: x86_64 of "x86_64-manylinux_2_36"."""
    return platform.partition("-")[0]


def _entries(text: str) -> dict[str, tuple[str, ...]]:
    """Return {"name==version": hashes} of requirements text as uv writes it."""
    found: dict[str, tuple[str, ...]] = {}
    pin = ""
    for line in text.splitlines():
        words = line.rstrip("\\").strip()
        if line[:1] in {"", "#"}:
            continue
        if line[0] == " ":
            found[pin] = (*found[pin], words)
        else:
            pin = words
            found[pin] = ()
    return found


def merge_pins(by_platform: Mapping[str, str]) -> Resolution:
    """Return one set of pins for all platforms, or what speaks against it.

    `by_platform` maps uv's platform names to requirements text with hashes. A package may be
    missing on a platform; in two versions it would be two locks.
    """
    if len(by_platform) == 1:
        return Resolution(pins=next(iter(by_platform.values())))
    read = {machine_of(platform): _entries(text) for platform, text in by_platform.items()}
    machines: dict[str, list[str]] = {}
    hashes: dict[str, dict[str, None]] = {}
    for machine, entries in read.items():
        for pin, found in entries.items():
            machines.setdefault(pin, []).append(machine)
            hashes.setdefault(pin, {}).update(dict.fromkeys(found))
    names = [pin.partition("==")[0] for pin in machines]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        clashes = (
            f"{pin} on {', '.join(machines[pin])}"
            for pin in machines
            if pin.partition("==")[0] in twice
        )
        return Resolution(no_solution=("the platforms need different versions:", *clashes))
    lines = []
    for pin in sorted(machines):
        only = machines[pin] if len(machines[pin]) < len(read) else []
        marker = " or ".join(f"platform_machine == '{machine}'" for machine in only)
        head = f"{pin} ; {marker}" if marker else pin
        lines.append(" \\\n    ".join([head, *hashes[pin]]))
    return Resolution(pins="\n".join(lines) + "\n")
