"""Search what is better than one base on one day: tags, newer releases, wheels, newer drivers.

Pure; imports options, ways, verdict's levels, facts and model only. How a base is judged is
passed in.
"""

from collections.abc import Callable, Iterable

import msgspec

from validation.facts.load import Facts
from validation.facts.versions import Key, release_of, version
from validation.matrix.constraints.drivers import oldest_driver
from validation.model import Image
from validation.watch.moves import Wish, wheel
from validation.watch.nouns import Verdict
from validation.watch.options import Option, cuda_options, distro_options
from validation.watch.signals.subject import Subject
from validation.watch.verdict import LEVELS
from validation.watch.ways import RANKS, Replacement, Way, rank


def better_than(
    tags: tuple[Replacement, ...], others: Iterable[Replacement]
) -> tuple[Replacement, ...]:
    """Return the other ways out that rank before the best tag, best first."""
    bar = min(map(rank, tags), default=None)
    return tuple(each for each in sorted(others, key=rank) if bar is None or rank(each) < bar)


class Search:
    """The search for what is better than one base on one day."""

    def __init__(
        self,
        subject: Subject,
        wish: Wish,
        facts: Facts,
        judged: Callable[[str], Verdict],
        own: Verdict,
    ) -> None:
        self._subject = subject
        self._wish = wish
        self._facts = facts
        self._judged = judged
        self._own = own

    def tags(self, wish: Wish) -> tuple[Replacement, ...]:
        """Return better nvidia/cuda tags, best first.

        The OS is kept; where it is not current itself, so that no tag on it can be, tags on later
        releases of the same distribution stand beside. A tag without an OS may get any.
        """
        oses = (wish.os,) if wish.os else tuple(self._facts.os.releases)
        release = self._facts.os.releases.get(wish.os)
        if release is not None and self._judged(release.image).headline != "current":
            oses += self._newer_releases()
        return self._ranked("tag", wish, cuda_options(wish, oses, self._facts))

    def others(self) -> Iterable[Replacement]:
        """Yield the other ways out: the best of each."""
        if self._subject.kind == "distro":
            newer = self._newer_releases()
            yield from self._ranked("release", self._wish, self._distros(newer))[:3]
            return
        yield from self._ranked("wheels", self._wish, self._wheels())[:1]
        yield from self._drivers()[:1]

    def _ranked(self, way: Way, wish: Wish, options: Iterable[Option]) -> tuple[Replacement, ...]:
        found = [
            self._replacement(way, wish, option)
            for option in options
            if not self._steps_back(option.image)
        ]
        better = [each for each in found if self._is_better(each.verdict)]
        proven = [each for each in better if not each.unproven]
        return tuple(sorted(proven or better, key=rank))

    def _is_better(self, verdict: Verdict) -> bool:
        """Return whether a base ranks before this one; what is an error itself never does."""
        if LEVELS.get(verdict.headline) == "error":
            return False
        return RANKS.index(verdict.headline) < RANKS.index(self._own.headline)

    def _steps_back(self, image: Image) -> bool:
        """Return whether a lower CUDA wins no time.

        Its estimated deletion has to be later, and not before the next review. From a tag that
        nobody can pull, any step back is one forward.
        """
        if image.source != "nvidia-cuda" or self._own.headline in {"gone", "unpublished"}:
            return False
        reference = self._spelled(image.base or "")
        cuda = _cuda_of(reference)
        if not self._wish.cuda or version(cuda) >= version(self._wish.cuda):
            return False
        verdict = self._judged(reference)
        ends, own = verdict.deletion_estimate, self._own.deletion_estimate
        soon = verdict.deletion in {"due", "overdue"}
        return soon or ends is None or own is None or ends <= own

    def _driver(self, image: Image) -> str:
        """Return the driver that a later CUDA major needs, "" where the hosts' drivers are known.

        Those were asked for already. Source: CUDA's minor-version compatibility (the facts').
        """
        wish = self._wish
        if wish.terms.fleet.drivers or not wish.cuda or image.cuda is None:
            return ""
        major = release_of(image.cuda)[0]
        least = self._facts.cuda_toolkits.minimum_driver.get(str(major))
        return least.driver if least and major > release_of(wish.cuda)[0] else ""

    def _replacement(self, way: Way, wish: Wish, option: Option) -> Replacement:
        image = option.image
        reference = self._spelled(image.base or "")
        return Replacement(
            way=way,
            reference=reference,
            moves=option.moves,
            size=option.size,
            pair=_pair(wish, option, reference),
            requirements=image.requirements,
            index=image.torch_index_url,
            driver=self._driver(image),
            why=_why(way, image.base or "", wish),
            unproven=option.unproven,
            verdict=self._judged(reference),
        )

    def _spelled(self, reference: str) -> str:
        """Return a reference as the file would spell it: its registry, its slimness."""
        tag = reference.rpartition(":")[2]
        if self._subject.kind == "distro" and not self._subject.tag.endswith("-slim"):
            return reference.removesuffix("-slim")
        if self._subject.kind != "cuda" or not reference.startswith("nvidia/cuda:"):
            return reference
        return msgspec.structs.replace(self._subject.name, tag=tag, digest="").familiar

    def _newer_releases(self) -> tuple[str, ...]:
        """Return later releases of the same distribution, the nearest first."""
        if self._facts.os.end_of(self._wish.os) is None:
            return ()
        distribution = self._wish.os.rstrip("0123456789.")

        def release(name: str) -> Key:
            return version(name.removeprefix(distribution))

        names = [name for name in self._facts.os.releases if name.startswith(distribution)]
        later = [name for name in names if release(name) > release(self._wish.os)]
        return tuple(sorted(later, key=release))

    def _distros(self, oses: tuple[str, ...]) -> tuple[Option, ...]:
        return distro_options(self._wish, oses, self._facts)

    def _wheels(self) -> tuple[Option, ...]:
        """Return plain distributions where the CUDA is torch's own; a compiler is in no wheel."""
        wish = self._wish
        if not wish.terms.installed.has_torch or not wish.terms.variant.startswith("cu"):
            return ()
        if wish.flavor.endswith("devel") or wish.os not in self._facts.os.releases:
            return ()
        return self._distros((wish.os, *self._newer_releases()))

    def _drivers(self) -> tuple[Replacement, ...]:
        """Return tags that open when the hosts' oldest driver moves to a later major's least."""
        wish = self._wish
        oldest = oldest_driver(wish.terms.fleet.drivers) if wish.terms.fleet.drivers else None
        if oldest is None:
            return ()
        found: list[Replacement] = []
        open_already = {each.reference for each in self.tags(wish)}
        for least in self._facts.cuda_toolkits.minimum_driver.values():
            if version(least.driver) <= version(oldest):
                continue
            fleet = msgspec.structs.replace(wish.terms.fleet, drivers=f">={least.driver}")
            terms = msgspec.structs.replace(wish.terms, fleet=fleet)
            moved = msgspec.structs.replace(wish, terms=terms)
            why = f"the hosts' drivers from {oldest} to {least.driver} or newer open it"
            found += [
                msgspec.structs.replace(each, way="driver", driver=least.driver, why=why)
                for each in self.tags(moved)
                if each.reference not in open_already
            ]
        return tuple(sorted(found, key=rank))


def _pair(wish: Wish, option: Option, reference: str) -> str:
    """Return the move of base and torch in one line, or "" where torch is not installed."""
    image = option.image
    if image.torch is None or not wish.terms.installed.has_torch:
        return ""
    old = (
        f"torch {wheel(wish.terms.installed.torch, wish.terms.variant)}"
        if wish.terms.installed.torch
        else "torch"
    )
    was = f"CUDA {wish.cuda}" if wish.cuda else wish.os
    base = f"CUDA {_cuda_of(reference)}" if image.source == "nvidia-cuda" else reference
    return f"{was} + {old} → {base} + torch {wheel(image.torch, image.variant or '')}"


def _cuda_of(reference: str) -> str:
    """Return the CUDA release that an nvidia/cuda reference's tag begins with."""
    return reference.rpartition(":")[2].partition("-")[0]


def _why(way: Way, base: str, wish: Wish) -> str:
    return {
        "tag": f"published for the same flavor ({wish.flavor})",
        "release": "a newer release of the same distribution",
        "wheels": f"torch's wheels bring CUDA themselves: {base} has no CUDA base to deprecate",
        "driver": "",
    }[way]
