"""From where a file stands to a possible image: what moves, and how far.

Pure; imports facts, matrix and model only.
"""

from collections.abc import Iterator

from validation.facts.load import Facts
from validation.facts.versions import minor_of
from validation.matrix.choices import newest_first, values_of
from validation.model import Fleet, Image, Move, Record
from validation.watch.installed import Installed


class Terms(Record, frozen=True, kw_only=True):
    """What every replacement has to do: carry what is installed, and run on the hosts.

    `variant` is the flavour of the torch wheel that is installed ("cu121").
    """

    installed: Installed
    variant: str
    fleet: Fleet
    platform: str


class Wish(Record, frozen=True, kw_only=True):
    """Where a file stands: what a replacement is measured against.

    `cuda` is the base's version ("12.1.0", "" for a plain distribution), `flavor` the tag's words
    ("cudnn8-runtime").
    """

    cuda: str
    flavor: str
    os: str
    terms: Terms


Size = tuple[int, int, int]
"""How large a move is: steps to older releases, number of moves, distance in known releases."""


def moves_of(wish: Wish, image: Image, facts: Facts) -> Iterator[Move]:
    """Yield what changes for the file: the base, torch, other pins, the tag's words, the OS.

    The OS's own Python moves with it where the file names none.
    """
    tag = (image.base or "").rpartition(":")[2]
    on_cuda = image.source == "nvidia-cuda"
    cuda = tag.partition("-")[0]
    if wish.cuda and on_cuda and wish.cuda != cuda:
        yield Move(axis="cuda", old=wish.cuda, new=cuda)
    elif wish.cuda and not on_cuda:
        yield Move(axis="base", old=f"nvidia/cuda {wish.cuda}", new=image.base or "")
    yield from _packages(wish, image)
    flavor = tag.partition("-")[2].removesuffix(f"-{image.os}")
    if on_cuda and wish.flavor != flavor:
        yield Move(axis="flavor", old=wish.flavor, new=flavor)
    if wish.os != image.os:
        yield Move(axis="os", old=wish.os, new=image.os)
        own = facts.os.releases.get(wish.os)
        if own and own.python and not wish.terms.installed.python and own.python != image.python:
            yield Move(axis="python", old=own.python, new=image.python)


def _packages(wish: Wish, image: Image) -> Iterator[Move]:
    installed = wish.terms.installed
    if image.torch is not None and installed.torch:
        old = wheel(installed.torch, wish.terms.variant)
        new = wheel(image.torch, image.variant or "")
        if old != new:
            yield Move(axis="torch", old=old, new=new)
    for axis, old in installed.pins:
        chosen = getattr(image, axis)
        if chosen is not None and chosen != old:
            yield Move(axis=axis, old=old, new=chosen)


def wheel(torch: str, variant: str) -> str:
    """Return a torch wheel's version with its variant: 2.6.0+cu126."""
    return f"{torch}+{variant}" if variant else torch


def size_of(wish: Wish, image: Image, moves: tuple[Move, ...], facts: Facts) -> Size:
    """Return how large a move is; the distance is in known releases of torch and CUDA minors."""
    steps = []
    torch = wish.terms.installed.torch
    if image.torch and torch:
        torches = values_of(facts, "torch", {})
        steps.append(place(torches, torch) - place(torches, image.torch))
    if image.source == "nvidia-cuda" and wish.cuda and image.cuda:
        minors = newest_first(facts.cuda_images_by_minor)
        steps.append(place(minors, minor_of(wish.cuda)) - place(minors, image.cuda))
    if wish.os and wish.os != image.os:
        oses = tuple(facts.os.releases)  # in the facts' order: oldest first, by distribution
        known = wish.os in oses and image.os in oses
        steps.append(oses.index(image.os) - oses.index(wish.os) if known else 1)
    return sum(step < 0 for step in steps), len(moves), sum(map(abs, steps))


def place(order: tuple[str, ...], name: str) -> int:
    """Return where a release stands among those known, newest first, or where it would."""
    return order.index(name) if name in order else newest_first((*order, name)).index(name)
