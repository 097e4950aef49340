"""Bases that a file could stand on instead: every combination that the resolver finds possible.

Pure; imports facts, matrix and model only. Whether an option is any better is not asked here: it
depends on the day, and `replacement` judges each.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.versions import within
from validation.matrix.choices import newest_first, values_of
from validation.matrix.constraints.companions import COMPANIONS, paired
from validation.matrix.ids import variant_of
from validation.matrix.image import image_of
from validation.matrix.resolve import resolver_of
from validation.matrix.scalars import AUTO, FLAVORS
from validation.model import Candidate, Family, Fleet, Image, Move, Record, Skip, Source
from validation.watch.moves import Size, Wish, moves_of, place, size_of

KEPT = 4096
"""How many searches are remembered: a scan asks for few different ones."""


class Option(Record, frozen=True, kw_only=True):
    """A possible base: the image that it would be, the moves to it, and how large they are.

    `unproven` are reasons of the kind "not known", where nothing else stands against it.
    """

    image: Image
    moves: tuple[Move, ...]
    size: Size
    unproven: tuple[str, ...] = ()


@lru_cache(maxsize=KEPT)
def cuda_options(wish: Wish, oses: tuple[str, ...], facts: Facts) -> tuple[Option, ...]:
    """Return nvidia/cuda bases of the same flavor on any of `oses`, the smallest move first.

    One for each CUDA major.minor and OS: its newest published patch with the nearest torch.
    """
    flavor = _axis_flavor(wish.flavor)
    if flavor not in FLAVORS:
        return ()
    return _sorted(
        option
        for os in oses
        for cuda in reversed(facts.cuda_images_by_minor)  # of equal sizes the newest wins
        if (cuda, os, flavor) in facts.newest_tags
        for option in _nearest(wish, "nvidia-cuda", cuda, os, facts)
    )


@lru_cache(maxsize=KEPT)
def distro_options(wish: Wish, oses: tuple[str, ...], facts: Facts) -> tuple[Option, ...]:
    """Return plain distributions on which torch's own wheels run, the smallest move first."""
    return _sorted(
        option
        for os in oses
        for cuda in _wheel_cudas(wish, facts)
        for option in _nearest(wish, "distro", cuda, os, facts)
    )


def _sorted(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return options by size; of equal ones those that came first."""
    return tuple(sorted(options, key=lambda option: option.size))


def _axis_flavor(words: str) -> str:
    """Return the matrix's word for a tag's flavor: cudnn stands for every cuDNN word."""
    first, dash, rest = words.partition("-")
    return f"cudnn-{rest}" if dash and first.startswith("cudnn") else words


def _wheel_cudas(wish: Wish, facts: Facts) -> tuple[str | None, ...]:
    """Return the CUDA releases that torch's wheels come in; (None,) for those without CUDA."""
    if not wish.installed.has_torch or wish.variant in {"", "cpu"}:
        return (None,)
    variants = {name for release in facts.torch.releases.values() for name in release.variants}
    cudas = [_cuda_of(name) for name in variants if name.startswith("cu")]
    return newest_first(cudas)


def _cuda_of(variant: str) -> str:
    """Return "12.1" for cu121 and "13.0" for cu130: majors have two digits since CUDA 10."""
    return f"{variant[2:4]}.{variant[4:]}"


@lru_cache(maxsize=64)
def _family(base: Source, fleet: Fleet, platform: str) -> Family:
    """Return a family to resolve with: the same one each time, as the resolver learns by it."""
    return Family(
        name="replacement",
        base=base,
        template=base,
        workload="training",
        axes={},
        platforms=(platform,),
        fleet=fleet,
        budget_mb=0,
    )


def _nearest(wish: Wish, base: Source, cuda: str | None, os: str, facts: Facts) -> Iterator[Option]:
    """Yield the nearest torch that makes a base possible: with the file's other pins, else without.

    Where nothing is possible, the nearest that nothing but a lack of knowledge stands against.
    """
    resolver = resolver_of(facts)
    unproven: tuple[Candidate, Skip] | None = None
    for candidate in _candidates(wish, base, cuda, os, facts):
        answer = resolver.resolve(candidate)
        if isinstance(answer, Image):
            yield _option(wish, answer, facts)
            return
        if answer.unknown and unproven is None:
            unproven = candidate, answer
    if unproven is not None:
        candidate, skip = unproven
        image = image_of(facts, candidate, resolver.values(candidate))
        yield _option(wish, image, facts, tuple(reason.message for reason in skip.reasons))


def _option(wish: Wish, image: Image, facts: Facts, unproven: tuple[str, ...] = ()) -> Option:
    moves = tuple(moves_of(wish, image, facts))
    size = size_of(wish, image, moves, facts)
    return Option(image=image, moves=moves, size=size, unproven=unproven)


def _candidates(
    wish: Wish, base: Source, cuda: str | None, os: str, facts: Facts
) -> Iterator[Candidate]:
    family = _family(base, wish.fleet, wish.platform)
    release = facts.os.releases.get(os)
    frame = {
        "cuda": cuda,
        "python": wish.installed.python or (release.python if release else None),
        "flavor": _axis_flavor(wish.flavor) if base == "nvidia-cuda" else None,
        "os": os,
    }
    torches = _torches(wish, cuda, facts)
    for pinned in (True, False) if wish.installed.pins else (True,):
        for torch in torches:
            axes = {**frame, "torch": torch, **_pins(wish, cuda, torch, facts, pinned=pinned)}
            present = {axis: value for axis, value in axes.items() if value is not None}
            yield Candidate(family=family, axes=present)


def _torches(wish: Wish, cuda: str | None, facts: Facts) -> tuple[str | None, ...]:
    """Return the torch releases to try, the nearest first.

    (None,) where none is installed, or one without CUDA on a CUDA base, which hangs on no base.
    """
    installed = wish.installed
    if not installed.has_torch:
        return (None,)
    if cuda is None:
        return (installed.torch or AUTO,)
    if not wish.variant.startswith("cu") and wish.variant:
        return (None,)
    variant = variant_of(cuda)
    known = [
        name
        for name, release in facts.torch.releases.items()
        if variant in release.variants or release.pypi.variant == variant
    ]
    if not installed.torch:
        return newest_first(name for name in known if within(name, installed.bound))
    order = values_of(facts, "torch", {})
    at = place(order, installed.torch)
    return tuple(sorted(known, key=lambda name: (abs(order.index(name) - at), order.index(name))))


def _pins(
    wish: Wish, cuda: str | None, torch: str | None, facts: Facts, *, pinned: bool
) -> dict[str, str | None]:
    """Return the other axes: companions follow torch, other pins stand or are chosen anew."""
    found: dict[str, str | None] = {}
    for name, release in wish.installed.pins:
        if name in COMPANIONS:
            found[name] = paired(facts, name, torch) if torch and torch != AUTO else None
        elif name != "cupy" or cuda is not None:
            found[name] = release if pinned else AUTO
    return found
