"""What `auto` stands for: the values that an axis may take, newest first.

Pure; imports facts and model only. Whether a value fits is not asked here.
"""

from collections.abc import Iterable
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.versions import python_key, version
from validation.matrix.constraints.base import DEFAULT_FLAVOR
from validation.matrix.constraints.companions import COMPANIONS, paired
from validation.matrix.constraints.cupy import cupy_package
from validation.matrix.constraints.packages import runtime_package

Axes = dict[str, str | None]

HANGS_ON: dict[str, tuple[str, ...]] = {
    "torchvision": ("torch",),
    "torchaudio": ("torch",),
    "onnxruntime": ("cuda",),
    "cupy": ("cuda",),
}
"""The axes on which the known values of an axis hang."""

FLAVORS = (DEFAULT_FLAVOR, "base", "devel")
"""Flavors that auto considers, in the order in which it prefers them."""


def newest_first(versions: Iterable[str]) -> tuple[str, ...]:
    """Return versions in PEP 440 order, the newest first."""
    return tuple(sorted(set(versions), key=version, reverse=True))


@lru_cache(maxsize=64)
def _kept(facts: Facts, package: str) -> tuple[str, ...]:
    releases = facts.package(package).releases
    return newest_first(name for name, found in releases.items() if not found.yanked)


def _oses(facts: Facts, base: str | None) -> tuple[str, ...]:
    """Distributions, the one that is supported longest first; those that nvidia/cuda has."""
    published = {image.os for image in facts.cuda_images.images}
    names = [name for name in facts.os.releases if base != "nvidia-cuda" or name in published]
    return tuple(sorted(names, key=lambda name: facts.os.releases[name].eol, reverse=True))


def _pythons(facts: Facts) -> tuple[str, ...]:
    managed = facts.python.managed
    usual = [name for name, at in managed.items() if not at.prerelease and not name.endswith("t")]
    return tuple(sorted(usual, key=python_key, reverse=True))


def _cudas(facts: Facts) -> tuple[str, ...]:
    return tuple(reversed(facts.cuda_images_by_minor))


def _cupys(facts: Facts, cuda: str | None) -> tuple[str, ...]:
    package = cupy_package(facts, cuda)
    return _kept(facts, package) if package else ()


def values_of(facts: Facts, axis: str, axes: Axes) -> tuple[str, ...]:
    """Return the known values of an axis, newest first, given the axes that it hangs on.

    `axes` holds `base` too. torchvision and torchaudio have one value: the pair of torch.
    """
    if axis in COMPANIONS:
        pair = paired(facts, axis, axes.get("torch") or "0")
        return (pair,) if pair else ()
    if axis in {"numpy", "onnx"}:
        return _kept(facts, axis)
    if axis == "onnxruntime":
        return _kept(facts, runtime_package(axes.get("cuda")))
    if axis == "cupy":
        return _cupys(facts, axes.get("cuda"))
    if axis == "os":
        return _oses(facts, axes.get("base"))
    return _plain(facts, axis)


def _plain(facts: Facts, axis: str) -> tuple[str, ...]:
    """Return the values of an axis that hangs on no other."""
    if axis == "torch":
        return newest_first(facts.torch.releases)
    if axis == "python":
        return _pythons(facts)
    return _cudas(facts) if axis == "cuda" else FLAVORS
