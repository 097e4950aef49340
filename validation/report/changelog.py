"""Two states of the matrix → the entry of a changelog that tells what moved between them.

Pure; imports model only. The form is Keep a Changelog's; an entry that changes what images contain
ends with a line "Affected images:".
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from validation.model import Record

AXES = {
    "cuda": "CUDA",
    "torch": "torch",
    "torchvision": "torchvision",
    "torchaudio": "torchaudio",
    "cupy": "CuPy",
    "numpy": "NumPy",
    "onnx": "ONNX",
    "onnxruntime": "ONNX Runtime",
    "python": "Python",
    "flavor": "flavor",
    "os": "OS",
}
"""What an image is told by, and what it is called; the first ones first."""

MOST_PACKAGES = 8
"""Packages that an entry names before it counts the rest: the lock has them all."""


class Contents(Record, frozen=True, kw_only=True):
    """What one image was made of: its base, its axes' values, and what its locks pin."""

    id: str
    family: str
    base: str
    axes: Mapping[str, str]
    pins: Mapping[str, str] = {}


class State(Record, frozen=True, kw_only=True):
    """All images at one time, by id, and the hosts that they were made for."""

    images: Mapping[str, Contents]
    drivers: str = ""
    gpus: tuple[str, ...] = ()


def format_changelog(before: State, after: State) -> str:
    """Return the proposed sections, "" where nothing has changed that an image contains."""
    old, new = before.images, after.images
    gone = [old[name] for name in sorted(old.keys() - new.keys())]
    come = [new[name] for name in sorted(new.keys() - old.keys())]
    pairs = _moved(gone, come)
    pairs += [(old[name], new[name]) for name in sorted(old.keys() & new.keys())]
    left = {one.id for one, _ in pairs} | {one.id for _, one in pairs}
    sections = (
        ("Added", _listed(one for one in come if one.id not in left)),
        ("Changed", [*_fleet(before, after), *_changed(pairs)]),
        ("Removed", _listed(one for one in gone if one.id not in left)),
    )
    return "\n\n".join(
        f"### {title}\n\n" + "\n".join(entries) for title, entries in sections if entries
    )


def _moved(gone: Sequence[Contents], come: Sequence[Contents]) -> list[tuple[Contents, Contents]]:
    """Return images that went with those that came in their place, the nearest pairs first.

    An image's id tells its axes, so that one whose torch moved has another id. Two images of one
    family are one image that moved when at most half of their axes differ.
    """
    ranked = sorted(
        (_distance(old, new), old.id, new.id, old, new)
        for old in gone
        for new in come
        if old.family == new.family and _distance(old, new) <= len(old.axes) / 2
    )
    pairs: list[tuple[Contents, Contents]] = []
    taken: set[str] = set()
    for _, _, _, old, new in ranked:
        if not {old.id, new.id} & taken:
            taken |= {old.id, new.id}
            pairs.append((old, new))
    return pairs


def _distance(old: Contents, new: Contents) -> int:
    return sum(old.axes.get(axis) != new.axes.get(axis) for axis in AXES)


def _listed(images: Iterable[Contents]) -> list[str]:
    return [_entry(f"Image of family `{one.family}`: {_told(one)}.", [one.id]) for one in images]


def _told(image: Contents) -> str:
    values = [f"{word} {image.axes[axis]}" for axis, word in AXES.items() if axis in image.axes]
    return ", ".join([f"base `{image.base}`" if image.base else "an imported base", *values])


def _changed(pairs: Sequence[tuple[Contents, Contents]]) -> list[str]:
    """Return an entry for each change with the images it is about, the largest groups first."""
    groups: dict[str, list[str]] = {}
    for old, new in pairs:
        moves = [*_moves(old, new), *_repinned(old, new)]
        if moves:
            groups.setdefault("; ".join(moves), []).append(
                new.id if old.id == new.id else f"{old.id} → {new.id}"
            )
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [_entry(f"{moves[0].upper()}{moves[1:]}.", images) for moves, images in ordered]


def _moves(old: Contents, new: Contents) -> list[str]:
    found = [f"base `{old.base}` → `{new.base}`"] if old.base != new.base else []
    for axis, word in AXES.items():
        was, now = old.axes.get(axis), new.axes.get(axis)
        if was != now:
            found.append(f"{word} {was or 'none'} → {now or 'none'}")
    return found


def _repinned(old: Contents, new: Contents) -> list[str]:
    """Return what the locks pin anew, beside what the axes already tell."""
    names = [
        name
        for name in sorted(old.pins.keys() | new.pins.keys())
        if old.pins.get(name) != new.pins.get(name) and name not in AXES
    ]
    if not names or not (old.pins and new.pins):
        return []
    moves = [
        f"{name} {old.pins.get(name, 'none')} → {new.pins.get(name, 'none')}"
        for name in names[:MOST_PACKAGES]
    ]
    more = f" and {len(names) - MOST_PACKAGES} more" if len(names) > MOST_PACKAGES else ""
    return [f"packages: {', '.join(moves)}{more}"]


def _fleet(before: State, after: State) -> list[str]:
    found = []
    if before.drivers != after.drivers:
        found.append(f"drivers {before.drivers or 'any'} → {after.drivers or 'any'}")
    came = [gpu for gpu in after.gpus if gpu not in before.gpus]
    went = [gpu for gpu in before.gpus if gpu not in after.gpus]
    found += [f"with {' '.join(came)}"] if came else []
    found += [f"without {' '.join(went)}"] if went else []
    return [_wrapped(f"- The fleet: {'; '.join(found)}.")] if found else []


def _entry(text: str, images: Sequence[str]) -> str:
    named = ", ".join(f"`{name}`" for name in images)
    wrapped = (_wrapped(f"- {text}"), "", _wrapped(f"  Affected images: {named}."))
    return "\n".join(wrapped)


def _wrapped(text: str) -> str:
    """Return text in lines of at most 100 characters; names are never broken."""
    return textwrap.fill(
        text, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
