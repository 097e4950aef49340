"""What is judged: an image reference taken apart as far as signals need it.

Pure; imports names and facts only.
"""

import re
from functools import lru_cache

from validation.model import Record
from validation.watch.names import ImageName, Kind, kind_of, parse_image, split_cuda_tag

KEPT = 16_384
"""How many answers are remembered: more than any scan has different references."""

RELEASES = {
    "trusty": "ubuntu14.04",
    "xenial": "ubuntu16.04",
    "bionic": "ubuntu18.04",
    "focal": "ubuntu20.04",
    "groovy": "ubuntu20.10",
    "hirsute": "ubuntu21.04",
    "impish": "ubuntu21.10",
    "jammy": "ubuntu22.04",
    "kinetic": "ubuntu22.10",
    "lunar": "ubuntu23.04",
    "mantic": "ubuntu23.10",
    "noble": "ubuntu24.04",
    "oracular": "ubuntu24.10",
    "plucky": "ubuntu25.04",
    "questing": "ubuntu25.10",
    "resolute": "ubuntu26.04",
    "stonking": "ubuntu26.10",
    "wheezy": "debian7",
    "jessie": "debian8",
    "stretch": "debian9",
    "buster": "debian10",
    "bullseye": "debian11",
    "bookworm": "debian12",
    "trixie": "debian13",
}
"""Release names in tags of the official images, by the name that the facts use.

Source: Debian package distro-info-data 0.58+deb12u7.
"""

_PARTS_OF_A_RELEASE = {"alpine": 2, "centos": 1, "debian": 1}
"""How many numbers of a tag name the release: 3.10.9 is a patch of Alpine's 3.10, 12.5 a point
release of Debian's 12. Where a point release ends with the next one (Rocky's 8.9), all count."""

_NUMBER = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_NGC_TAG = re.compile(r"(\d\d\.\d\d)-py3", re.ASCII)
_DISTRO_TAG = re.compile(
    r"(?P<release>[a-z]+|(?:centos)?\d+(?:\.\d+)*)(?:-\d{8}(?:\.\d+)?)?(?:-(?:slim|minimal))?"
)


class Subject(Record, frozen=True, kw_only=True):
    """A reference in parts.

    `release` is the CUDA version or NGC release that the tag names, `flavor` the words between it
    and the OS ("cudnn8-runtime"), `os` the distribution as the facts spell it ("ubuntu22.04",
    also where the facts do not know it). What a tag does not name is empty.
    """

    reference: str
    kind: Kind
    name: ImageName
    release: str = ""
    flavor: str = ""
    os: str = ""

    @property
    def tag(self) -> str:
        """The tag as written."""
        return self.name.tag


@lru_cache(maxsize=KEPT)
def subject_of(reference: str) -> Subject:
    """Return a reference in parts; raises `BadInput` where it is not one."""
    name = parse_image(reference)
    kind = kind_of(name)
    release, flavor, os = _PARTS[kind](name)
    return Subject(reference=reference, kind=kind, name=name, release=release, flavor=flavor, os=os)


def _cuda(name: ImageName) -> tuple[str, str, str]:
    found = split_cuda_tag(name.tag)
    if found is not None:
        return found.cuda, "-".join(part for part in (found.cudnn, found.flavor) if part), found.os
    first, _, rest = name.tag.partition("-")  # words that we do not know, such as tensorrt
    flavor, _, os = rest.rpartition("-")
    return (first, flavor, os) if _NUMBER.fullmatch(first) else ("", "", "")


def _ngc(name: ImageName) -> tuple[str, str, str]:
    found = _NGC_TAG.fullmatch(name.tag)
    return (found[1] if found else "", "", "")


def _distro(name: ImageName) -> tuple[str, str, str]:
    found = _DISTRO_TAG.fullmatch(name.tag)
    if found is None:
        return "", "", ""
    release = found["release"]
    if release in RELEASES:
        return "", "", RELEASES[release]
    distribution = name.repository.removeprefix("library/")
    release = release.removeprefix(distribution)  # centos:centos7 is centos:7
    if not release[:1].isdigit():
        return "", "", ""  # latest, stable, rolling: a name that moves
    parts = release.split(".")[: _PARTS_OF_A_RELEASE.get(distribution)]
    return "", "", distribution + ".".join(parts)


def _other(_: ImageName) -> tuple[str, str, str]:
    return "", "", ""


_PARTS = {"cuda": _cuda, "ngc-pytorch": _ngc, "distro": _distro, "other": _other}
