"""What a single value of matrix.yaml may be: one record per kind, read by loader and schema alike.

Pure; imports problems. `check` takes source text and returns what is wrong, or "". `pattern`
is the same rule for editors, as far as a regular expression can say it: it may let more pass than
`check` does, never less.
"""

import datetime
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from validation.matrix.problems import did_you_mean, quoted
from validation.model import Record

if TYPE_CHECKING:
    from packaging.version import Version

OSES = (
    "debian12",
    "debian13",
    "ubuntu18.04",
    "ubuntu20.04",
    "ubuntu22.04",
    "ubuntu24.04",
    "ubuntu26.04",
)
"""Distributions that the facts describe (Python, glibc, end of life); tested against them."""

BASES = ("distro", "nvidia-cuda", "ngc", "rootfs")
WORKLOADS = ("training", "inference")
FLAVORS = ("base", "runtime", "cudnn-runtime", "devel", "cudnn-devel")
"""Flavors of docker.io/nvidia/cuda from the smallest to the largest. cudnn stands for whichever
cuDNN word (cudnn, cudnn8, cudnn9) the tags of a CUDA release carry."""
PLATFORMS = ("linux/amd64", "linux/arm64")

AUTO = "auto"


class Kind(Record, frozen=True, kw_only=True):
    """One kind of scalar: how it is named in messages, checked, and described to editors.

    `numeric`: YAML may read such a value as a number when it is not quoted; editors must allow it.
    """

    name: str
    check: Callable[[str], str]
    pattern: str = ""
    choices: tuple[str, ...] = ()
    numeric: bool = False


def _choice(name: str, choices: tuple[str, ...], *, numeric: bool = False) -> Kind:
    def check(text: str) -> str:
        if text in choices:
            return ""
        near = did_you_mean(text, choices) or f"; one of {', '.join(choices)}"
        return f"unknown {name} {quoted(text)}{near}"

    return Kind(name=name, check=check, choices=choices, numeric=numeric)


def _matching(name: str, pattern: str, wanted: str) -> Kind:
    rule = re.compile(pattern)

    def check(text: str) -> str:
        return "" if rule.fullmatch(text) else f"bad {name} {quoted(text)}: {wanted}"

    return Kind(name=name, check=check, pattern=f"^(?:{pattern})$")


# A release as nearly every one is written; only others pay for importing `packaging`.
_PLAIN_RELEASE = re.compile(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2,3}", re.ASCII)
_MAJOR_MINOR = re.compile(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})", re.ASCII)
_LONGEST_VERSION = 40


def _check_release(text: str) -> str:
    """PEP 440, one full release in its normal spelling, with no local part (no +cu126)."""
    if _PLAIN_RELEASE.fullmatch(text):
        return ""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415  (rare; see above)

    try:
        version = Version(text[: _LONGEST_VERSION + 1])
    except InvalidVersion:
        return f"bad version {quoted(text)}: PEP 440 wants a release such as 2.13.0"
    wrong = _what_is_not_one_release(version, text)
    return f"bad version {quoted(text)}: {wrong}" if wrong else ""


def _what_is_not_one_release(version: "Version", text: str) -> str:
    if len(text) > _LONGEST_VERSION:
        return f"longer than {_LONGEST_VERSION} characters"
    if version.local is not None:
        return f"write {version.public}; the variant comes from cuda, not from the version"
    if version.epoch:
        return "an epoch cannot stand in an image's id"
    if len(version.release) < 3:
        full = ".".join([*map(str, version.release), "0", "0"][:3])
        return f"write one full release, such as {full}; it is not a prefix"
    return "" if str(version) == text else f"write {version}"


def _check_axis_release(text: str) -> str:
    return "" if text == AUTO else _check_release(text)


def _major_minor(name: str, example: str, squeezed: str, note: str) -> Kind:
    """`squeezed` reads the number out of a near miss such as cu126, py311 or 12.6.3."""

    def check(text: str) -> str:
        if _MAJOR_MINOR.fullmatch(text):
            return ""
        found = re.match(squeezed, text, re.ASCII)
        near = f"; did you mean '{found[1]}.{found[2]}'?" if found else ""
        return f"bad version {quoted(text)}: {name} is major.minor, such as {example}{note}{near}"

    pattern = f"^{_MAJOR_MINOR.pattern}$"
    return Kind(name=f"{name} version", check=check, pattern=pattern, numeric=True)


def _check_requirement(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", text, re.ASCII):
        return ""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415  (rare)

    bad = f"bad requirement {quoted(text)}: "
    if "\n" in text or len(text) > 200:
        return bad + "one PEP 508 requirement, on one line of at most 200 characters"
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError):
        return bad + "PEP 508 wants a name with an optional range, such as fastapi>=0.115"
    if requirement.url is not None:
        return bad + "a URL cannot be locked; name a release of an index"
    return ""


def check_specifier(text: str) -> str:
    """Return what is wrong with a PEP 440 range such as ">=535,<600", or ""."""
    if re.fullmatch(r"[<>]=?(0|[1-9]\d{0,5})(\.\d{1,5}){0,3}", text, re.ASCII):
        return ""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415  (rare)

    bad = f"bad specifier {quoted(text)}: PEP 440 wants a range such as "
    try:
        parts = len(SpecifierSet(text)) if len(text) <= 200 else 0
    except (InvalidSpecifier, ValueError):
        return bad + ">=535 or >=535,<600"
    return "" if parts else bad + ">=535"


_SIZE = re.compile(r"([1-9][0-9]{0,6}(?:\.[0-9]{1,3})?|0\.[0-9]{1,3}) ?(MB|GB)", re.ASCII)


def size_in_megabytes(text: str) -> int | None:
    """Return the megabytes (10^6 bytes) of "1500 MB" or "1.5 GB", or None when it is no size."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    amount = float(found[1]) * (1000 if found[2] == "GB" else 1)
    return round(amount) or None


def _check_size(text: str) -> str:
    if size_in_megabytes(text) is not None:
        return ""
    unit = "; write MB (10^6 bytes) or GB" if re.search(r"(?i)i?b|^\d+$", text) else ""
    return f"bad size {quoted(text)}: an amount and a unit, such as 1500 MB or 1.5 GB{unit}"


def _check_text(text: str) -> str:
    said = re.search(r"[^\W\d_]{2}", text) and text.lower() not in _YAML_WORDS
    return "" if said else f"{quoted(text)} tells nobody anything: say it in a few words"


_YAML_WORDS = {"true", "false", "yes", "no", "on", "off", ".inf", ".nan"}


def _check_test(text: str) -> str:
    return "" if text.strip() else "empty: name a value, a range or a glob"


def _check_date(text: str) -> str:
    """Check a calendar day, year first; YAML needs no quotes around it."""
    wanted = "a day, year first, such as 2026-11-23"
    if not _DATE.fullmatch(text):
        return f"bad date {quoted(text)}: {wanted}"
    try:
        datetime.date.fromisoformat(text)
    except ValueError as error:
        return f"bad date {quoted(text)}: {error}"
    return ""


_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NAME = "[a-z0-9]+(?:[._-][a-z0-9]+)*"

FORMAT = _choice("format version", ("1",), numeric=True)
REPOSITORY = _matching(
    "repository",
    rf"(?:[a-zA-Z0-9.-]+(?::[0-9]{{1,5}})?/)?{_NAME}(?:/{_NAME})*",
    "a name such as imagewright or registry.example.com:5000/team/images, without a tag",
)
FAMILY = _matching(
    "family name", "[a-z][a-z0-9]*(?:-[a-z0-9]+)*", "lower-case words such as train or train-xl"
)
TEMPLATE = _matching("template name", _NAME, "the part of templates/<name>.Dockerfile.j2")
GPU = _matching("GPU", "sm_[1-9][0-9]{1,2}", "a compute capability such as sm_90")
BASE = _choice("base", BASES)
WORKLOAD = _choice("workload", WORKLOADS)
OS = _choice("os", OSES)
FLAVOR = _choice("flavor", FLAVORS)
PLATFORM = _choice("platform", PLATFORMS)
CUDA = _major_minor(
    "cuda",
    "12.6",
    r"(?:cu|cuda)?(\d\d)\.?(\d{1,2})",
    " (its patch release is the resolver's choice)",
)
PYTHON = _major_minor("python", "3.11", r"(?:py|python|cp)?(\d)\.?(\d{1,2})", "")
RELEASE = Kind(name="version", check=_check_release, pattern=r"^[0-9]+(?:\.[0-9A-Za-z]+){2,}$")
AXIS_RELEASE = Kind(
    name="version or auto",
    check=_check_axis_release,
    pattern=r"^(?:auto|[0-9]+(?:\.[0-9A-Za-z]+){2,})$",
)
REQUIREMENT = Kind(name="requirement", check=_check_requirement, pattern="^[A-Za-z0-9]")
SPECIFIER = Kind(name="range of versions", check=check_specifier, pattern="^ *[<>=!~]")
EVERY = _choice("interval", ("month", "quarter", "half-year", "year"))
OS_SUPPORT = _choice("support", ("standard", "lts"))
DATE = Kind(name="date", check=_check_date, pattern=f"^{_DATE.pattern}$")
SIZE = Kind(name="size", check=_check_size, pattern=f"^{_SIZE.pattern}$")
TEXT = Kind(name="text", check=_check_text, pattern=r"\S")
TEST = Kind(name="value, range or glob", check=_check_test, pattern=r"\S", numeric=True)
