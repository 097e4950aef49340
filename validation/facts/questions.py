"""Questions that the facts answer with present, absent or unknown, each with its fact and source.

Pure; imports facts only. What is not in a table is absent only where the table is known to be
complete; otherwise it is unknown, and callers must treat it as neither.
"""

from functools import lru_cache

from validation.facts.load import Facts, cite
from validation.facts.packages import PackageRelease, PackageTable, TorchRelease, Variant
from validation.facts.records import Known, Vanished
from validation.facts.versions import is_prerelease, python_key, span, spelled, version
from validation.model import Record

PYPI_PLATFORM = "linux/amd64"
"""The platform whose PyPI torch wheels were read: one CUDA variant of each release."""


class Answer(Record, frozen=True, kw_only=True):
    """What is known, the fact that says so, and the source with its date."""

    known: Known
    fact: str
    source: str


def release_in(table: dict[str, PackageRelease], text: str) -> PackageRelease | None:
    """Return the release that `text` names, however it is spelled, or None."""
    name = spelled(text, table)
    return None if name is None else table[name]


def torch_release(facts: Facts, torch: str) -> TorchRelease | None:
    """Return the torch release that `torch` names, however it is spelled, or None."""
    name = spelled(torch, facts.torch.releases)
    return None if name is None else facts.torch.releases[name]


@lru_cache(maxsize=256)
def first_with_variant(facts: Facts, variant: str) -> str | None:
    """Return the oldest torch release known to have a wheel variant, or None."""
    releases = facts.torch.releases
    return next((name for name in releases if variant in _offered(releases[name])), None)


def _offered(release: TorchRelease) -> dict[str, Variant]:
    """Return a release's variants without those whose every wheel vanished."""
    return {name: found for name, found in release.variants.items() if found.wheels != {}}


def _once(vanished: tuple[Vanished, ...], python: str, platform: str) -> str:
    """Return since when a wheel is gone that was there once, as the end of a fact."""
    days = [mark.noticed for mark in vanished if _fits(python, mark.wheels.get(platform, ()))]
    return f"; the wheel was there once, and was gone on {days[-1]}" if days else ""


def unlisted_release(table: dict[str, object], package: str, text: str, source: str) -> Answer:
    """Return what is known of a release that is not in `table`, ordered oldest first.

    Between the oldest and the newest the table is complete, so that it is absent; outside that
    range nothing was read. Nor were pre- and dev-releases ever: nightlies stand in other indexes.
    """
    names = list(table)
    if is_prerelease(text):
        fact = f"pre-releases of {package} were not read"
        return Answer(known=Known.UNKNOWN, fact=fact, source=source)
    covered = version(names[0]) <= version(text) <= version(names[-1])
    near = [name for name in names if version(name) < version(text)][-1:]
    near += [name for name in names if version(name) > version(text)][:1]
    fact = f"known releases run from {names[0]} to {names[-1]}"
    return Answer(
        known=Known.ABSENT if covered else Known.UNKNOWN,
        fact=f"{fact}; the nearest to {package} {text} are {span(near)}" if covered else fact,
        source=source,
    )


def _variant_key(variant: str) -> tuple[int, int]:
    """Return what variants sort by: cpu, then cu118 (11, 8) … cu1210 (12, 10)."""
    digits = variant.removeprefix("cu")
    return (int(digits[:2]), int(digits[2:])) if digits.isdigit() else (0, 0)


def _unlisted_variant(facts: Facts, torch: str, release: TorchRelease, variant: str) -> Answer:
    first = first_with_variant(facts, variant)
    names = list(dict.fromkeys([*_offered(release), release.pypi.variant]))
    newest = max(names, key=_variant_key)
    facts_of = f"torch {torch} is known in {span(names)}; its newest variant is {newest}"
    if first:
        facts_of += f"; the first torch with {variant} is {first}"
    elif release.variants_known:
        facts_of += f"; no known torch release has {variant}"
    return Answer(
        known=Known.ABSENT if release.variants_known else Known.UNKNOWN,
        fact=facts_of,
        source=cite(facts.torch, release.variants_source),
    )


def _first_with_python(facts: Facts, variant: str, python: str) -> str:
    for name, release in facts.torch.releases.items():
        found = release.variants.get(variant)
        listed = (found.pythons if found else None) or ()
        own = release.pypi.pythons if release.pypi.variant == variant else ()
        if python in listed or python in own:
            return f"; the first torch with {variant} and Python {python} is {name}"
    return ""


def torch_on_pypi(release: TorchRelease, variant: str, python: str, platform: str) -> bool:
    """Return True when PyPI itself carries this wheel (proven by reading it)."""
    own = release.pypi
    return platform == PYPI_PLATFORM and own.variant == variant and _fits(python, own.pythons)


def _read_wheel(facts: Facts, name: str, variant: str, python: str, platform: str) -> Answer:
    """Return whether an index that was read wheel by wheel has this one."""
    found = facts.torch.releases[name].variants[variant]
    listed = (found.wheels or {}).get(platform, ())
    there = _fits(python, listed)
    fact = f"torch {name}+{variant} has wheels for {span(listed) or 'no Python'} on {platform}"
    if not there:
        fact += _once(found.vanished, python, platform)
        fact += _first_with_python(facts, variant, python)
    known = Known.PRESENT if there else Known.ABSENT
    return Answer(known=known, fact=fact, source=cite(facts.torch, found.source))


def _listed_wheel(facts: Facts, name: str, variant: str, python: str, platform: str) -> Answer:
    """Return whether a Python and a platform are among those that a variant's wheels are for."""
    found = facts.torch.releases[name].variants[variant]
    source = cite(facts.torch, found.source)
    pythons, platforms = found.pythons or (), found.platforms or ()
    fact = f"torch {name}+{variant} has wheels for {span(pythons)} on {span(platforms)}"
    if python.endswith("t") and python.rstrip("t") in pythons:
        fact += "; free-threaded builds were not told apart"
        return Answer(known=Known.UNKNOWN, fact=fact, source=source)
    if python in pythons and platform in platforms:
        return Answer(known=Known.PRESENT, fact=fact, source=source)
    if python not in pythons:
        fact += _first_with_python(facts, variant, python)
    return Answer(known=Known.ABSENT, fact=fact, source=source)


def torch_wheel(facts: Facts, torch: str, variant: str, python: str, platform: str) -> Answer:
    """Return whether the wheel of `torch` (2.6.0) in `variant` (cu126) exists for a Python."""
    table = facts.torch
    name = spelled(torch, table.releases)
    if name is None:
        return unlisted_release(dict(table.releases), "torch", torch, cite(table, "pypi"))
    release = table.releases[name]
    if torch_on_pypi(release, variant, python, platform):
        fact = f"PyPI has torch {name} as {variant} for Python {python}"
        return Answer(known=Known.PRESENT, fact=fact, source=cite(table, release.pypi.source))
    found = release.variants.get(variant)
    if found is None:
        return _unlisted_variant(facts, name, release, variant)
    if found.pythons is None or found.platforms is None:
        fact = f"torch {name}+{variant} exists; which Pythons and platforms it is for was not read"
        if release.pypi.variant == variant:
            fact += f", beyond PyPI's own {span(release.pypi.pythons)} on {PYPI_PLATFORM}"
        return Answer(known=Known.UNKNOWN, fact=fact, source=cite(table, found.source))
    exact = found.wheels is not None
    return (_read_wheel if exact else _listed_wheel)(facts, name, variant, python, platform)


def _fits(python: str, wheels: tuple[str, ...]) -> bool:
    """Return True when a Python is named, or is above a stable-ABI wheel's ("3.12+")."""
    if python in wheels:
        return True
    open_ended = [low[:-1] for low in wheels if low.endswith("+")]
    return not python.endswith("t") and any(version(python) >= version(low) for low in open_ended)


def package_wheel(table: PackageTable, text: str, python: str, platform: str) -> Answer:
    """Return whether PyPI has a wheel of a release for a Python on a platform."""
    source = cite(table, "pypi")
    name = spelled(text, table.releases)
    if name is None:
        return unlisted_release(dict(table.releases), table.package, text, source)
    release = table.releases[name]
    source = cite(table, release.source)
    if release.yanked:
        fact = f"{table.package} {name} was withdrawn (yanked)"
        return Answer(known=Known.ABSENT, fact=fact, source=source)
    wheels = [python for pythons in release.wheels.get(platform, {}).values() for python in pythons]
    listed = span(sorted(set(wheels), key=lambda low: python_key(low.rstrip("+"))))
    there = _fits(python, tuple(wheels))
    fact = f"{table.package} {name} has wheels for {listed or 'no Python'} on {platform}"
    fact += "" if there else _once(release.vanished, python, platform)
    return Answer(known=Known.PRESENT if there else Known.ABSENT, fact=fact, source=source)


def glibc_needed(release: PackageRelease, python: str, platform: str) -> str | None:
    """Return the lowest glibc that a wheel of the release for this Python needs, or None."""
    needs = [
        glibc
        for glibc, pythons in release.wheels.get(platform, {}).items()
        if _fits(python, pythons)
    ]
    return min(needs, key=version, default=None)
