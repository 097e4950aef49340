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
    "bionic": "ubuntu18.04",
    "focal": "ubuntu20.04",
    "jammy": "ubuntu22.04",
    "noble": "ubuntu24.04",
    "resolute": "ubuntu26.04",
    "bookworm": "debian12",
    "trixie": "debian13",
}
"""Release names in tags of the official images, by the name that the facts use."""

_NUMBER = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_NGC_TAG = re.compile(r"(\d\d\.\d\d)-py3", re.ASCII)
_DISTRO_TAG = re.compile(r"(?P<release>[a-z]+|\d+(?:\.\d+)*)(?:-\d{8}(?:\.\d+)?)?(?:-slim)?")


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
    if not release[0].isdigit():
        return "", "", ""  # latest, stable, rolling: a name that moves
    distribution = name.repository.removeprefix("library/")
    if distribution == "debian":
        release = release.partition(".")[0]  # 12.5 is a point release of 12
    return "", "", distribution + release


def _other(_: ImageName) -> tuple[str, str, str]:
    return "", "", ""


_PARTS = {"cuda": _cuda, "ngc-pytorch": _ngc, "distro": _distro, "other": _other}
