"""Published: whether a tag exists, as far as NVIDIA's tag lists are known whole.

Pure; imports facts and names only. A tag is called unpublished where the lists tell every tag of
its version; where they do not, it is unknown.
"""

import datetime
from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.platforms import CudaImage
from validation.facts.versions import is_version, minor_of, release_of, span, version
from validation.watch.signals.majors import ended_by
from validation.watch.signals.statement import Statement, evidence
from validation.watch.signals.subject import Subject

LISTED_THROUGH = {"lists-13.1.0": "13.1.0", "list-13.2.1": "13.2.1", "lists-13.3.1": "13.3.1"}
"""By source of tags: the newest CUDA that the lists it read can name. What came later was seen in
use, one tag at a time, and other sources are not known to be whole."""

ALL_DISTRIBUTIONS = "lists-13.1.0"
"""The source that was read for every distribution; later ones were read for Ubuntu only."""

RETIRED_SINCE = "11.2.0"
"""From here on every retired version stands in the source's end-of-life folder (10.x, 11.0 and 11.1
stand there by their last patch only): one that is in no list and not there was never an image."""


def published(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return whether the tag exists: yes, no, or unknown where the lists are not whole."""
    if subject.kind != "cuda":
        return ()
    if not subject.tag:
        return () if subject.name.digest else (_no_latest(facts),)
    if subject.tag == "latest":
        return (_no_latest(facts),)
    if subject.tag in known_tags(facts):
        return (_known(subject, facts), *_vanished(subject, facts))
    vanished = _vanished(subject, facts)
    if vanished:
        return vanished
    return _unlisted(subject, facts)


@lru_cache(maxsize=4)
def known_tags(facts: Facts) -> dict[str, str]:
    """Return every tag that a list names, with its source's id in `cuda_images` or ""."""
    lists = facts.cuda_tags
    found = dict.fromkeys((*lists.supported.tags, *lists.unsupported.tags), "")
    for image in facts.cuda_images.images:
        for flavor in image.flavors:
            found[f"{image.cuda}-{flavor}-{image.os}"] = image.source
    return found


@lru_cache(maxsize=4)
def known_versions(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return every CUDA version that has or had images, by major.minor, in PEP 440 order."""
    lists = facts.cuda_tags
    names = {image.cuda for image in facts.cuda_images.images}
    names |= {*lists.moved_to_end_of_life.versions, *lists.flagged.versions}
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(names, key=version):
        found[minor_of(name)] = (*found.get(minor_of(name), ()), name)
    return found


@lru_cache(maxsize=4)
def _rows(facts: Facts) -> dict[str, tuple[CudaImage, ...]]:
    found: dict[str, tuple[CudaImage, ...]] = {}
    for image in facts.cuda_images.images:
        found[image.cuda] = (*found.get(image.cuda, ()), image)
    return found


def _no_latest(facts: Facts) -> Statement:
    says = "nvidia/cuda has no tag latest: a tag names CUDA, flavor and OS"
    told = evidence("list", says, facts.cuda_images, "repository")
    return Statement(topic="published", answer="no", evidence=told)


def _known(subject: Subject, facts: Facts) -> Statement:
    source = known_tags(facts)[subject.tag]
    says = f"{subject.tag} is a published tag"
    if source:
        told = evidence("list", says, facts.cuda_images, source)
    else:
        told = evidence("list", says, facts.cuda_tags, facts.cuda_tags.supported.source)
    return Statement(topic="published", answer="yes", evidence=told)


def _vanished(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return that an earlier look at the registry missed the tag; served stays a fresh answer's."""
    for image in _rows(facts).get(subject.release, ()):
        for gone in image.vanished if image.os == subject.os else ():
            if subject.flavor in gone.flavors:
                says = f"{subject.tag} was published; on {gone.noticed} the registry lacked it"
                day = datetime.date.fromisoformat(gone.noticed)
                told = evidence("registry", says, facts.cuda_images, image.source, day)
                return (Statement(topic="published", answer="yes", gap=True, evidence=told),)
    return ()


def _unlisted(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    rows = _rows(facts).get(subject.release)
    if rows is None:
        return (_without_images(subject, facts),)
    of_os = [image for image in rows if image.os == subject.os]
    flavors = sorted({flavor for image in of_os for flavor in image.flavors})
    has = f"on {subject.os} it comes as {span(flavors)}"
    if not of_os:
        has = f"it comes for {span(sorted({image.os for image in rows}))}"
    return (_told(subject, facts, (of_os or rows)[-1], has, known=_is_whole(subject, rows)),)


def _is_whole(subject: Subject, rows: tuple[CudaImage, ...]) -> bool:
    """Return True when the lists tell every tag of this version on this OS."""
    sources = {image.source for image in rows}
    through = [LISTED_THROUGH[source] for source in sources if source in LISTED_THROUGH]
    if not any(version(subject.release) <= version(newest) for newest in through):
        return False
    return ALL_DISTRIBUTIONS in sources or subject.os.startswith("ubuntu")


def _told(subject: Subject, facts: Facts, image: CudaImage, has: str, *, known: bool) -> Statement:
    if known:
        says = f"there is no tag {subject.tag}: the lists name every tag of {image.cuda}; {has}"
    else:
        says = f"{subject.tag} is in no list; the lists of {image.cuda} are not whole; {has}"
    told = evidence("list", says, facts.cuda_images, image.source)
    return Statement(
        topic="published", answer="no" if known else "unknown", gap=not known, evidence=told
    )


def _without_images(subject: Subject, facts: Facts) -> Statement:
    """Return what is known of a version of which no list names a tag."""
    table = facts.cuda_images
    retired = subject.release in known_versions(facts).get(minor_of(subject.release), ())
    never = "" if retired else _never(subject.release, facts)
    if never:
        told = evidence("list", never, table, ALL_DISTRIBUTIONS)
        return Statement(topic="published", answer="no", evidence=told)
    what = f"CUDA {subject.release}" if subject.release else subject.reference
    says = f"the tags of {what} are not known"
    told = evidence("list", says, table, table.images[-1].source)
    return Statement(topic="published", answer="unknown", gap=True, evidence=told)


def _never(release: str, facts: Facts) -> str:
    """Return why a version never had an image, or "" where that is not known.

    Not known is what lies before the folder is whole, and what follows the newest listed patch
    of a minor or the newest minor of a major: it may come any day, unless the major had ended
    when the lists were read.
    """
    if not is_version(release) or version(release) < version(RETIRED_SINCE):
        return ""
    major, minor = release_of(release)[0], minor_of(release)
    images = facts.cuda_images.images
    listed = {image.cuda for image in images if image.source == ALL_DISTRIBUTIONS}
    above = [
        name
        for name in listed
        if release_of(name)[0] == major and version(name) >= version(release)
    ]
    same_minor = [name for name in listed if minor_of(name) == minor]
    next_one = min(above, key=version, default="")
    never = f"no image of CUDA {release} was ever published"
    if next_one and (minor_of(next_one) == minor or not same_minor):
        return f"{never}; the next one is {next_one}"
    ended = ended_by(major, facts)
    read = facts.cuda_images.sources[ALL_DISTRIBUTIONS].as_of
    if ended is not None and ended[1].isoformat() <= read:
        return f"{never}: no list names one, and CUDA {major} had ended when they were read"
    return ""
