"""Bases that a file could stand on instead: every combination that the resolver finds possible.

Pure; imports facts, matrix and model only. Whether an option is any better is not asked here: it
depends on the day, and `replacement` judges each.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.questions import torch_wheel
from validation.facts.records import Known
from validation.facts.versions import within
from validation.matrix.choices import newest_first, values_of
from validation.matrix.constraints.companions import COMPANIONS, paired
from validation.matrix.ids import variant_of
from validation.matrix.image import image_of
from validation.matrix.resolve import resolver_of
from validation.matrix.scalars import AUTO, FLAVORS
from validation.model import Candidate, Family, Fleet, Image, Move, Record, Skip, Source
from validation.watch.installed import Installed
from validation.watch.moves import Size, Terms, Wish, moves_of, place, size_of

KEPT = 16_384
"""How many searches are remembered: a scan asks for few different ones, over and over."""


class Option(Record, frozen=True, kw_only=True):
    """A possible base: the image that it would be, the moves to it, and how large they are.

    `unproven` are reasons of the kind "not known", where nothing else stands against it.
    """

    image: Image
    moves: tuple[Move, ...]
    size: Size
    unproven: tuple[str, ...] = ()


class _Ground(Record, frozen=True, kw_only=True):
    """What an image is asked to stand on, in the matrix's words."""

    base: Source
    flavor: str | None = None
    cuda: str | None
    os: str


@lru_cache(maxsize=KEPT)
def cuda_options(wish: Wish, oses: tuple[str, ...], facts: Facts) -> tuple[Option, ...]:
    """Return nvidia/cuda bases of the same flavor on any of `oses`, the smallest move first.

    One for each CUDA major.minor and OS: its newest published patch with the nearest torch.
    """
    flavor = _axis_flavor(wish.flavor)
    if flavor not in FLAVORS:
        return ()
    return _sorted(
        _option(wish, _Ground(base="nvidia-cuda", flavor=flavor, cuda=cuda, os=os), facts)
        for os in oses
        for cuda in reversed(facts.cuda_images_by_minor)  # of equal sizes the newest wins
        if (cuda, os, flavor) in facts.newest_tags
    )


@lru_cache(maxsize=KEPT)
def distro_options(wish: Wish, oses: tuple[str, ...], facts: Facts) -> tuple[Option, ...]:
    """Return plain distributions on which torch's own wheels run, the smallest move first."""
    options = [
        _option(wish, _Ground(base="distro", cuda=cuda, os=os), facts)
        for os in oses
        for cuda in _wheel_cudas(wish.terms, facts)
    ]
    if wish.terms.installed.torch:
        return _sorted(options)
    # Where a file leaves torch open, of equal moves the newest torch wins, not the newest CUDA.
    order = {torch: at for at, torch in enumerate(values_of(facts, "torch", {}))}
    return _sorted(
        sorted(options, key=lambda option: order.get(option.image.torch or "", 0) if option else 0)
    )


def _sorted(options: Iterable[Option | None]) -> tuple[Option, ...]:
    """Return options by size; of equal ones those that came first."""
    found = [option for option in options if option is not None]
    return tuple(sorted(found, key=lambda option: option.size))


def _axis_flavor(words: str) -> str:
    """Return the matrix's word for a tag's flavor: cudnn stands for every cuDNN word."""
    first, dash, rest = words.partition("-")
    return f"cudnn-{rest}" if dash and first.startswith("cudnn") else words


def _wheel_cudas(terms: Terms, facts: Facts) -> tuple[str | None, ...]:
    """Return the CUDA releases that torch's wheels come in; (None,) for those without CUDA."""
    if not terms.installed.has_torch or terms.variant in {"", "cpu"}:
        return (None,)
    variants = {name for release in facts.torch.releases.values() for name in release.variants}
    return newest_first(_cuda_of(name) for name in variants if name.startswith("cu"))


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


def _option(wish: Wish, ground: _Ground, facts: Facts) -> Option | None:
    found = _nearest(wish.terms, ground, facts)
    if found is None:
        return None
    image, unproven = found
    moves = tuple(moves_of(wish, image, facts))
    size = size_of(wish, image, moves, facts)
    return Option(image=image, moves=moves, size=size, unproven=unproven)


@lru_cache(maxsize=KEPT)
def _nearest(terms: Terms, ground: _Ground, facts: Facts) -> tuple[Image, tuple[str, ...]] | None:
    """Return the image with the nearest torch that makes a base possible, other pins kept or not.

    Where nothing is possible, the nearest that nothing but a lack of knowledge stands against, and
    what is not known; where torch is open, the one of which the most is known. None where there
    is none.
    """
    resolver = resolver_of(facts, anybodys=True)
    unproven: tuple[Candidate, Skip] | None = None
    open_torch = not terms.installed.torch
    for candidate in _candidates(terms, ground, facts):
        answer = resolver.resolve(candidate)
        if isinstance(answer, Image):
            return answer, ()
        if answer.unknown and (unproven is None or (open_torch and _knows_more(answer, unproven))):
            unproven = candidate, answer
    if unproven is None:
        return None
    candidate, skip = unproven
    image = image_of(facts, candidate, resolver.values(candidate))
    return image, tuple(reason.message for reason in skip.reasons)


def _knows_more(answer: Skip, unproven: tuple[Candidate, Skip]) -> bool:
    return len(answer.reasons) < len(unproven[1].reasons)


def _candidates(terms: Terms, ground: _Ground, facts: Facts) -> Iterator[Candidate]:
    installed = terms.installed
    family = _family(ground.base, terms.fleet, terms.platform)
    release = facts.os.releases.get(ground.os)
    frame = {
        "cuda": ground.cuda,
        "python": installed.python or (release.python if release else None),
        "flavor": ground.flavor,
        "os": ground.os,
    }
    torches = _torches(installed, terms.variant, ground.cuda, facts)
    for pinned in (True, False) if installed.pins else (True,):
        for torch in torches:
            pins = _pins(installed, ground.cuda, torch, facts, pinned=pinned)
            python = frame["python"] or _python_of(torch, ground.cuda, terms.platform, facts)
            axes = {**frame, "python": python, "torch": torch, **pins}
            present = {axis: value for axis, value in axes.items() if value is not None}
            yield Candidate(family=family, axes=present)


@lru_cache(maxsize=KEPT)
def _torches(
    installed: Installed, variant: str, cuda: str | None, facts: Facts
) -> tuple[str | None, ...]:
    """Return the torch releases to try, the nearest first.

    (None,) where none is installed, or one without CUDA on a CUDA base, which hangs on no base.
    """
    if not installed.has_torch:
        return (None,)
    if cuda is None:
        return (installed.torch or AUTO,)
    if variant and not variant.startswith("cu"):
        return (None,)
    wanted = variant_of(cuda)
    known = [
        name
        for name, release in facts.torch.releases.items()
        if wanted in release.variants or release.pypi.variant == wanted
    ]
    if not installed.torch:
        return newest_first(name for name in known if within(name, installed.bound))
    order = values_of(facts, "torch", {})
    at = place(order, installed.torch)
    return tuple(sorted(known, key=lambda name: (abs(order.index(name) - at), order.index(name))))


@lru_cache(maxsize=KEPT)
def _python_of(torch: str | None, cuda: str | None, platform: str, facts: Facts) -> str | None:
    """Return the newest Python that a torch wheel is known for: neither file nor OS names one."""
    if torch is None or torch == AUTO or cuda is None:
        return None
    return next(
        (
            python
            for python in values_of(facts, "python", {})
            if torch_wheel(facts, torch, variant_of(cuda), python, platform).known is Known.PRESENT
        ),
        None,
    )


def _pins(
    installed: Installed, cuda: str | None, torch: str | None, facts: Facts, *, pinned: bool
) -> dict[str, str | None]:
    """Return the other axes: companions follow torch, other pins stand or are chosen anew."""
    found: dict[str, str | None] = {}
    for name, release in installed.pins:
        if name in COMPANIONS:
            found[name] = paired(facts, name, torch) if torch and torch != AUTO else None
        elif name != "cupy" or cuda is not None:
            found[name] = release if pinned else AUTO
    return found
