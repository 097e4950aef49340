"""What apt's source files say: both formats in, deb822 out. Pure; imports model.

Source of the formats: sources.list(5). Options that we carry: those that say where packages come
from and who signs them; the others change nothing for a handful of downloads.
"""

import re
from collections.abc import Iterable

import msgspec

from validation.model import Record

# deb822 field → the option's name in a one-line entry.
_OPTIONS = {
    "Signed-By": "signed-by",
    "Trusted": "trusted",
    "Architectures": "arch",
    "Allow-Insecure": "allow-insecure",
    "Allow-Weak": "allow-weak",
    "Check-Valid-Until": "check-valid-until",
}
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<words>\S.*)$")
# "stable" and its like move with the years; a machine that names them follows its own release.
_MOVING = frozenset({"stable", "oldstable", "oldoldstable"})
# Suffixes of the suites that make up a release; backports are another one.
_PARTS = frozenset({"", "-updates", "-security"})


class Source(Record, frozen=True, kw_only=True):
    """One entry for binary packages; `options` are deb822 fields with their values."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: dict[str, str]


def parse_one_line(text: str) -> tuple[Source, ...]:
    """Return the `deb` entries of a file in one-line format (*.list)."""
    found = []
    for line in text.splitlines():
        entry = _ONE_LINE.match(line.partition("#")[0].strip())
        words = entry["words"].split() if entry else []
        if entry is None or len(words) < 2:
            continue
        given = dict(
            word.partition("=")[::2] for word in (entry["options"] or "").split() if "=" in word
        )
        options = {
            field: given[name].replace(",", " ")
            for field, name in _OPTIONS.items()
            if name in given
        }
        found.append(
            Source(
                uris=(words[0],), suites=(words[1],), components=tuple(words[2:]), options=options
            )
        )
    return tuple(found)


def _paragraphs(text: str) -> Iterable[dict[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t" and name:
            fields[name] += "\n" + line
        else:
            name, _, value = line.partition(":")
            name = name.strip().title()
            fields[name] = value.strip()


def parse_deb822(text: str) -> tuple[Source, ...]:
    """Return the enabled `deb` entries of a file in deb822 format (*.sources).

    An inlined key (a Signed-By of several lines) is kept as it stands.
    """
    found = []
    for fields in _paragraphs(text):
        off = fields.get("Enabled", "yes").lower() in {"no", "false", "0", "off", "disable"}
        if off or "deb" not in fields.get("Types", "").split():
            continue
        found.append(
            Source(
                uris=tuple(fields.get("Uris", "").split()),
                suites=tuple(fields.get("Suites", "").split()),
                components=tuple(fields.get("Components", "").split()),
                options={name: fields[name] for name in _OPTIONS if name in fields},
            )
        )
    return tuple(found)


def _suite_of(suite: str, codename: str, release: str | None) -> str:
    """Return what a suite of the host's own release is called in `release`; "" for any other."""
    base, dash, part = suite.partition("-")
    own = base in {codename, *_MOVING} and dash + part in _PARTS
    return (release or base) + dash + part if own else ""


def release_sources(
    sources: Iterable[Source], codename: str, release: str | None = None
) -> tuple[Source, ...]:
    """Return the entries of the distribution's own archive, for `release` or the host's own.

    Kept are entries with the component "main" and the suites <codename>, -updates, -security;
    third-party archives name other suites or components. For another `release` of the same
    archive the suites are renamed: same mirror, same keys.
    """
    found = []
    for source in sources:
        suites = tuple(
            new for suite in source.suites if (new := _suite_of(suite, codename, release))
        )
        if suites and "main" in source.components:
            found.append(msgspec.structs.replace(source, suites=suites))
    return tuple(found)


def render_sources(sources: Iterable[Source]) -> str:
    """Return the entries as one deb822 file."""
    paragraphs = []
    for source in sources:
        lines = [
            "Types: deb",
            f"URIs: {' '.join(source.uris)}",
            f"Suites: {' '.join(source.suites)}",
            f"Components: {' '.join(source.components)}",
            *(f"{name}: {value}" for name, value in source.options.items()),
        ]
        paragraphs.append("\n".join(lines) + "\n")
    return "\n".join(paragraphs)
