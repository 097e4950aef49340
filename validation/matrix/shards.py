"""Images → shares of the work, one per place: balanced by what each is expected to cost.

Pure; imports the records. Cost is seconds: of past builds where there are any, otherwise from the
budget of the image's size, since what a build does is fetch, unpack and write its bytes.
"""

from collections.abc import Collection, Mapping, Sequence

from validation.model import Image, Record

# A stand-in's system packages and the installer take about 20 s; beyond that the by-hand build of
# a CUDA image from wheels moved 6.2 GB in 83 s.
_START_SECONDS = 20.0
_MB_PER_SECOND = 75.0
_OWN_PART = 0.2
"""What remains of an image's cost where its torch layer is already made: its own layers."""


class Share(Record, frozen=True, kw_only=True):
    """What one place builds, in the order of `images`, and what that is expected to take."""

    place: str
    images: tuple[Image, ...]
    seconds: float


def expected_seconds(images: Sequence[Image], measured: Mapping[str, float]) -> dict[str, float]:
    """Return {id: seconds} of a build from nothing.

    `measured` are seconds of past builds by id. Images without one are estimated from their
    budget, at the pace that the measured ones had.
    """
    estimates = {image.id: _START_SECONDS + image.budget_mb / _MB_PER_SECOND for image in images}
    known = estimates.keys() & measured.keys()
    estimated = sum(estimates[name] for name in known)
    pace = sum(measured[name] for name in known) / estimated if estimated else 1.0
    return {name: measured.get(name, pace * seconds) for name, seconds in estimates.items()}


def torch_layer(image: Image) -> tuple[str | None, ...] | None:
    """Return what an image's torch layer is made from, or None: equal ones are built once."""
    if image.torch is None:
        return None
    versions = (image.torch, image.variant, image.torchvision, image.torchaudio)
    return (image.base, image.os, image.python, *versions)


def plan_shares(
    images: Sequence[Image],
    seconds: Mapping[str, float],
    places: Sequence[str],
    allowed: Mapping[str, Collection[str]] | None = None,
) -> tuple[Share, ...]:
    """Return one share for each place; none is left out, a share may be empty.

    Images on the same torch layer stay together, unless the last place is done sooner without.
    `allowed` are the places that an image may go to, by id; every place where it is not named.
    """
    free = allowed or {}
    together: dict[object, list[Image]] = {}
    for image in images:
        key = torch_layer(image) or image.id, frozenset(free.get(image.id, places))
        together.setdefault(key, []).append(image)
    splits = [
        _split(units, seconds, places, free)
        for units in (list(together.values()), [[image] for image in images])
    ]
    return min(splits, key=lambda shares: max((share.seconds for share in shares), default=0))


def _split(
    units: Sequence[Sequence[Image]],
    seconds: Mapping[str, float],
    places: Sequence[str],
    allowed: Mapping[str, Collection[str]],
) -> tuple[Share, ...]:
    """Split units that stay whole: the costliest first, to the place that is done with it first.

    Longest processing time: at most 4/3 of the best split (Graham 1969).
    """
    given: dict[str, list[Image]] = {place: [] for place in places}
    for unit in sorted(units, key=lambda unit: -_cost(unit, seconds)):
        open_to = [place for place in places if place in allowed.get(unit[0].id, places)]
        best = min(open_to, key=lambda place: _cost([*given[place], *unit], seconds))
        given[best] += unit
    return tuple(
        Share(place=place, images=tuple(given[place]), seconds=_cost(given[place], seconds))
        for place in places
    )


def _cost(images: Sequence[Image], seconds: Mapping[str, float]) -> float:
    """Return what images cost one after the other in one place, a torch layer once."""
    made: set[object] = set()
    total = 0.0
    for image in images:
        layer = torch_layer(image)
        total += seconds[image.id] * (_OWN_PART if layer in made else 1.0)
        made |= {layer} - {None}
    return total
