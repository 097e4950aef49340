"""An image reference's text → registry, repository, tag, digest; and what kind of image it names.

Pure; imports errors and model. The grammar and the defaults are those of Docker's
`distribution/reference`: no registry means docker.io, no namespace there means library.
"""

import re
from typing import Literal

from validation.errors import BadInput
from validation.model import Record

Kind = Literal["cuda", "ngc-pytorch", "distro", "other"]
"""nvidia/cuda (Docker Hub or nvcr.io), NGC PyTorch, a plain distribution, or anything else."""

DOCKER_HUB = "docker.io"
LONGEST_REPOSITORY = 255
"""Longest registry and repository together; `reference.NameTotalLengthMax`."""

_HUB_ALIASES = {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}
_CUDA = {("docker.io", "nvidia/cuda"), ("nvcr.io", "nvidia/cuda")}
_DISTROS = {
    "almalinux", "alpine", "amazonlinux", "archlinux", "busybox", "centos", "debian", "fedora",
    "oraclelinux", "rockylinux", "ubuntu",
}  # fmt: skip

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?", re.ASCII)
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_HEX_64 = re.compile(r"[a-f0-9]{64}")
_HINT = "write it as [registry[:port]/]repository[:tag][@digest], as in nvidia/cuda:12.6.3-base"

_FLAVORS = ("base", "runtime", "devel")
_CUDA_TAG = re.compile(
    r"(?P<cuda>\d+\.\d+(?:\.\d+)?)"
    r"(?:-(?P<cudnn>cudnn\d*))?"
    r"(?:-(?P<flavor>base|runtime|devel))?"
    r"(?:-(?P<os>[a-z]+[0-9.]*))?",
    re.ASCII,
)


class ImageName(Record, frozen=True, kw_only=True):
    """A reference taken apart, defaults filled in. `tag` is empty when none is written."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """Registry and repository, always spelled in full: docker.io/library/debian."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar(self) -> str:
        """The shortest spelling that means the same, with tag and digest: debian:12-slim."""
        short = self.name
        if self.registry == DOCKER_HUB:
            first, _, rest = self.repository.partition("/")
            official = first == "library" and rest and "/" not in rest
            short = rest if official else self.repository
            if "/" in short and _is_registry(first):
                short = self.name  # short, its first part would be a registry
        return short + (f":{self.tag}" if self.tag else "") + self._at

    @property
    def canonical(self) -> str:
        """The full spelling; with neither tag nor digest the tag is latest, as Docker reads it."""
        tag = self.tag or ("" if self.digest else "latest")
        return self.name + (f":{tag}" if tag else "") + self._at

    @property
    def _at(self) -> str:
        return f"@{self.digest}" if self.digest else ""


class CudaTag(Record, frozen=True, kw_only=True):
    """An nvidia/cuda tag taken apart: `12.6.3-cudnn-runtime-ubuntu22.04`.

    `cuda` is the version as written, `cudnn` is "", "cudnn", "cudnn8" …; `flavor` is base, runtime
    or devel; `os` is as in the tag. A part that the tag leaves out is empty.
    """

    cuda: str
    cudnn: str = ""
    flavor: str = ""
    os: str = ""


def parse_image(text: str) -> ImageName:
    """Return a reference taken apart; raises `BadInput` that says which part is wrong."""
    name, _, digest = text.partition("@")
    if "@" in text and not _DIGEST.fullmatch(digest):
        raise _bad(text, f"digest {digest!r} is not algorithm:hex")
    colon = name.rfind(":")
    tag = ""
    if colon > name.rfind("/"):
        name, tag = name[:colon], name[colon + 1 :]
        if not _TAG.fullmatch(tag):
            raise _bad(text, f"tag {tag!r} is not 1 to 128 letters, digits, '_', '.', '-'")
    registry, repository = _split(name)
    if len(registry) + 1 + len(repository) > LONGEST_REPOSITORY:
        raise _bad(text, f"longer than {LONGEST_REPOSITORY} characters")
    if not _REGISTRY.fullmatch(registry):
        raise _bad(text, f"registry {registry!r} is not a host name with an optional port")
    for component in repository.split("/"):
        if not _COMPONENT.fullmatch(component):
            raise _bad(text, f"repository {repository!r} is not lower-case words joined by '/'")
    if _HEX_64.fullmatch(name):
        raise _bad(text, "64 hexadecimal digits are an image id, not a name")
    return ImageName(registry=registry, repository=repository, tag=tag, digest=digest.lower())


def kind_of(image: ImageName) -> Kind:
    """Return what kind of image a name is, by registry and repository alone."""
    if (image.registry, image.repository) in _CUDA:
        return "cuda"
    if (image.registry, image.repository) == ("nvcr.io", "nvidia/pytorch"):
        return "ngc-pytorch"
    if image.registry == DOCKER_HUB and image.repository.removeprefix("library/") in _DISTROS:
        return "distro"
    return "other"


def split_cuda_tag(tag: str) -> CudaTag | None:
    """Return an nvidia/cuda tag's parts, or None for one that is not spelled as they are."""
    match = _CUDA_TAG.fullmatch(tag)
    if match is None or match["os"] in _FLAVORS:
        return None
    return CudaTag(**{part: text or "" for part, text in match.groupdict().items()})


def _split(name: str) -> tuple[str, str]:
    """Return registry and repository: the first part is a registry if it could not be a name."""
    first, slash, rest = name.partition("/")
    if not slash or not _is_registry(first):
        registry, repository = DOCKER_HUB, name
    else:
        registry, repository = first, rest
    if registry in _HUB_ALIASES:
        registry = DOCKER_HUB
        if repository and "/" not in repository:
            repository = f"library/{repository}"
    return registry, repository


def _is_registry(part: str) -> bool:
    return "." in part or ":" in part or part == "localhost" or part.lower() != part


def _bad(text: str, why: str) -> BadInput:
    shown = text if len(text) <= 120 else text[:117] + "..."
    return BadInput(f"not an image reference: {shown!r}: {why}", hint=_HINT)
