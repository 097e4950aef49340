"""torch on the Python package index, laid over the table of torch releases.

Pure; imports refresh only. What only a person or a measurement can tell
(compiled architectures, the exporter's opsets) is never touched in a known
release and is unknown in a new one.
"""

from collections.abc import Mapping

from packaging.version import Version

from validation.model import Record
from validation.refresh.changes import Change, Kind, Merged, Table, with_key
from validation.refresh.live import LiveRelease, live_releases
from validation.refresh.metadata import Bundled
from validation.refresh.readings import ProjectFile, ProjectPage
from validation.refresh.vanished import Cells, cells_text, marked, marked_cells
from validation.refresh.wheels import sorted_pythons

SOURCE = "pypi-index"
TITLE = "torch's files and METADATA on the Python package index, read by `imagewright refresh`"
UNVERIFIED = "unverified"
PLATFORM = "linux/amd64"
"""The platform whose PyPI wheels the table records: those that carry CUDA."""


COMPANIONS = ("torchvision", "torchaudio")


class Told(Record, frozen=True, kw_only=True):
    """What METADATA tells of a torch release: its own, and the companions that pin it exactly.

    Newer companions pin nothing (torchvision from 0.29, torchaudio from 2.11): which one works
    beside a torch is then for a person to try, and unknown until then.
    """

    bundled: Bundled | None
    companions: Mapping[str, str]


def new_releases(table: Table, page: ProjectPage) -> dict[str, ProjectFile]:
    """Return the releases that the table does not have yet: version → the file that speaks.

    A yanked release is left out: who published it says that it is not to be used.
    """
    return {
        name: release.speaker
        for name, release in _unknown(table, page).items()
        if not release.yanked
    }


def _unknown(table: Table, page: ProjectPage) -> dict[str, LiveRelease]:
    """Return the live releases, oldest first, that the table does not have, yanked ones too."""
    known = {Version(name) for name in table["releases"]}
    live = live_releases(page)
    return {
        name: live[name]
        for name in sorted(live, key=Version)
        if Version(name) > min(known) and Version(name) not in known and _pythons(live[name])
    }


def _withdrawn(table: Table, page: ProjectPage) -> list[Change]:
    """Return a remark for each yanked release: of known ones first, then of those left out."""
    known = {Version(name) for name in table["releases"]}
    found = [
        Change(kind=Kind.REMARK, what=name, text=f"{release.withdrawn}; recorded, so look at it")
        for name, release in live_releases(page).items()
        if release.yanked and Version(name) in known
    ]
    return found + [
        Change(kind=Kind.REMARK, what=name, text=f"{release.withdrawn}; not recorded")
        for name, release in _unknown(table, page).items()
        if release.yanked
    ]


def unpaired(table: Table, companion: str) -> tuple[str, ...]:
    """Return the known torch releases of which no `companion` is recorded."""
    return tuple(name for name, row in table["releases"].items() if row[companion] is None)


def unclaimed(table: Table, companion: str, page: ProjectPage) -> dict[str, ProjectFile]:
    """Return the companion's releases that pair with no known torch: version → its file."""
    claimed = {row[companion] for row in table["releases"].values() if row[companion]}
    known = {Version(name) for name in claimed}
    return {
        name: release.speaker
        for name, release in live_releases(page).items()
        if Version(name) > min(known) and Version(name) not in known and not release.yanked
    }


def merge_pypi(table: Table, page: ProjectPage, told: Mapping[str, Told], today: str) -> Merged:
    """Return the torch table with PyPI's own wheels as they are `today` (ISO date).

    `told` has what is known of each new release. A new release whose CUDA is not known cannot be
    recorded: the remark says so. An empty index changes nothing.
    """
    if not page.files:
        empty = Change(kind=Kind.REMARK, what="torch", text="the index is empty; nothing changed")
        return Merged(table=table, changes=(empty,))
    live = {Version(name): release for name, release in live_releases(page).items()}
    rows = dict(table["releases"])
    changes: list[Change] = []
    for name, known in table["releases"].items():
        row, found = _renewed(name, known, live.get(Version(name)), today)
        rows[name], paired = _paired(name, row, told.get(name))
        changes += found + paired
    for name in new_releases(table, page):
        fresh, change = _new(name, live[Version(name)], told.get(name))
        changes.append(change)
        if fresh is not None:
            rows[name] = fresh
    changes += _withdrawn(table, page)
    ordered = {name: rows[name] for name in sorted(rows, key=Version)}
    return Merged(table={**table, "releases": ordered}, changes=tuple(changes))


def _pythons(release: LiveRelease | None) -> Cells:
    cells = release.cells if release else frozenset()
    return frozenset(cell for cell in cells if cell[0] == PLATFORM)


def _renewed(
    name: str, row: Table, release: LiveRelease | None, today: str
) -> tuple[Table, list[Change]]:
    """Return a known release with the Pythons that PyPI has wheels for now."""
    pypi, live = row["pypi"], _pythons(release)
    old = frozenset((PLATFORM, python) for python in pypi["pythons"])
    if live == old:
        return row, []
    what, marks = f"{name} on PyPI", pypi.get("vanished", [])
    back = live & marked_cells(marks)
    changes = []
    if old - live:
        text = f"no wheel any more for {cells_text(old - live)}; kept, marked vanished"
        changes.append(Change(kind=Kind.VANISHED, what=what, text=text))
    for cells, words in ((live - old - back, "wheels for"), (back, "again wheels for")):
        if cells:
            changes.append(
                Change(kind=Kind.CHANGED, what=what, text=f"{words} {cells_text(cells)}")
            )
    pypi = {**pypi, "pythons": sorted_pythons(python for _, python in live)}
    left = marked(marks, live, old - live, today)
    return {**row, "pypi": with_key(pypi, "vanished", left or None)}, changes


def _paired(name: str, row: Table, told: Told | None) -> tuple[Table, list[Change]]:
    """Return a release whose companions were not known with those that pin it."""
    found = {
        companion: release
        for companion, release in (told.companions if told else {}).items()
        if row[companion] is None
    }
    changes = [
        Change(kind=Kind.CHANGED, what=name, text=f"{companion} {release} pins it")
        for companion, release in found.items()
    ]
    return {**row, **found}, changes


def _new(name: str, release: LiveRelease, told: Told | None) -> tuple[Table | None, Change]:
    inside = told.bundled if told else None
    if inside is None or inside.cuda_runtime is None or release.released is None:
        text = "on PyPI, not recorded: its METADATA does not tell which CUDA it carries"
        return None, Change(kind=Kind.REMARK, what=name, text=text)
    major, minor = inside.cuda_runtime.split(".")[:2]
    variant = f"cu{major}{minor}"
    pypi = {
        "variant": variant,
        "pythons": sorted_pythons(python for _, python in _pythons(release)),
        "cuda_runtime": inside.cuda_runtime,
        "cudnn": inside.cudnn,
        "nccl": inside.nccl,
        "triton": inside.triton,
        "sm": None,
        "glibc_tag": min(
            (glibc for platform, glibc, _ in release.wheels if platform == PLATFORM), key=Version
        ),
        "source": SOURCE,
    }
    index = {"pythons": None, "platforms": [PLATFORM], "sm": None, "ptx": False, "source": SOURCE}
    unknown = ("torchscript_default_opset", "torchscript_max_opset", "dynamo_default",
               "dynamo_default_opset", "dynamo_ir_version")  # fmt: skip
    row = {
        "released": release.released,
        **{name: told.companions.get(name) if told else None for name in COMPANIONS},
        "source": SOURCE,
        "pypi": pypi,
        "variants_known": False,
        "variants": {variant: index},
        "variants_source": SOURCE,
        "export": {**dict.fromkeys(unknown), "source": SOURCE},
    }
    text = f"released {release.released}, {variant} on PyPI for {cells_text(_pythons(release))}"
    text += "".join(f", {companion} {row[companion] or 'not known'}" for companion in COMPANIONS)
    text += "; left to measure: compiled architectures, opsets"
    return row, Change(kind=Kind.NEW, what=name, text=text)
