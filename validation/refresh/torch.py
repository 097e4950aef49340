"""torch on the Python package index, laid over the table of torch releases.

Pure; imports refresh and facts.versions only. What only a person or a measurement can tell
(compiled architectures, the exporter's opsets, torchaudio's partner) is never touched in a known
release and is unknown in a new one.
"""

from collections.abc import Mapping

from validation.facts.versions import version
from validation.model import Record
from validation.refresh.changes import Change, Kind, Merged, Table, with_key_before_source
from validation.refresh.live import LiveRelease, live_releases
from validation.refresh.metadata import Bundled, Metadata, bundled
from validation.refresh.readings import ProjectFile, ProjectPage
from validation.refresh.vanished import Cells, cells_text, marked, marked_cells
from validation.refresh.wheels import sorted_pythons

SOURCE = "pypi-index"
TITLE = "torch's files and METADATA on the Python package index, read by `imagewright refresh`"
UNVERIFIED = "unverified"
PLATFORM = "linux/amd64"
"""The platform whose PyPI wheels the table records: those that carry CUDA."""


class Told(Record, frozen=True, kw_only=True):
    """What METADATA tells of a new torch release: its own, and the torchvision that pins it."""

    bundled: Bundled | None
    torchvision: str | None


def new_releases(table: Table, page: ProjectPage) -> dict[str, ProjectFile]:
    """Return the releases that the table does not have yet: version → the file that speaks."""
    known = {version(name) for name in table["releases"]}
    return {
        name: release.speaker
        for name, release in live_releases(page).items()
        if version(name) > min(known) and version(name) not in known and _pythons(release)
    }


def unpaired(table: Table) -> tuple[str, ...]:
    """Return the known releases of which no torchvision is recorded."""
    return tuple(name for name, row in table["releases"].items() if row["torchvision"] is None)


def told_by(metadata: Metadata | None, torchvision: str | None) -> Told:
    """Return what a new release's METADATA (None: not served) and torchvision's tell."""
    return Told(
        bundled=None if metadata is None else bundled(metadata, "3.12"), torchvision=torchvision
    )


def merge_pypi(table: Table, page: ProjectPage, told: Mapping[str, Told], today: str) -> Merged:
    """Return the torch table with PyPI's own wheels as they are `today` (ISO date).

    `told` has what is known of each new release. A new release whose CUDA is not known cannot be
    recorded: the remark says so. An empty index changes nothing.
    """
    if not page.files:
        empty = Change(kind=Kind.REMARK, what="torch", text="the index is empty; nothing changed")
        return Merged(table=table, changes=(empty,))
    live = {version(name): release for name, release in live_releases(page).items()}
    rows = dict(table["releases"])
    changes: list[Change] = []
    for name, known in table["releases"].items():
        row, found = _renewed(name, known, live.get(version(name)), today)
        rows[name], paired = _paired(name, row, told.get(name))
        changes += found + paired
    for name in new_releases(table, page):
        fresh, change = _new(name, live[version(name)], told.get(name))
        changes.append(change)
        if fresh is not None:
            rows[name] = fresh
    ordered = {name: rows[name] for name in sorted(rows, key=version)}
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
    return {**row, "pypi": with_key_before_source(pypi, "vanished", left or None)}, changes


def _paired(name: str, row: Table, told: Told | None) -> tuple[Table, list[Change]]:
    """Return a release whose torchvision was not known with the one that pins it."""
    if row["torchvision"] is not None or told is None or told.torchvision is None:
        return row, []
    text = f"torchvision {told.torchvision} pins it"
    change = Change(kind=Kind.CHANGED, what=name, text=text)
    return {**row, "torchvision": told.torchvision}, [change]


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
            (glibc for platform, glibc, _ in release.wheels if platform == PLATFORM), key=version
        ),
        "source": SOURCE,
    }
    index = {"pythons": None, "platforms": [PLATFORM], "sm": None, "ptx": False, "source": SOURCE}
    unknown = ("torchscript_default_opset", "torchscript_max_opset", "dynamo_default",
               "dynamo_default_opset", "dynamo_ir_version")  # fmt: skip
    row = {
        "released": release.released,
        "torchvision": told.torchvision if told else None,
        "torchaudio": None,
        "source": SOURCE,
        "pypi": pypi,
        "variants_known": False,
        "variants": {variant: index},
        "variants_source": SOURCE,
        "export": {**dict.fromkeys(unknown), "source": SOURCE},
    }
    text = f"released {release.released}, {variant} on PyPI for {cells_text(_pythons(release))}"
    text += f", torchvision {row['torchvision'] or 'not known'}; to be measured: compiled"
    text += " architectures, opsets, torchaudio"
    return row, Change(kind=Kind.NEW, what=name, text=text)
