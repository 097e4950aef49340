"""torch's table read anew: PyPI's part, its companions, and PyTorch's index of each variant.

Imports net, refresh and errors.
"""

from validation.cli.refresh_sources import (
    Refreshed,
    Sources,
    dated_where_cited,
    read_metadata,
)
from validation.errors import WorldFailed
from validation.net.answers import Refused
from validation.net.python_index import PythonIndex
from validation.refresh import torch, variants
from validation.refresh.changes import Change, Table
from validation.refresh.metadata import bundled, pinned_torch
from validation.refresh.readings import ProjectPage

_PYTHON = "3.12"
"""The Python that markers are evaluated for where a pin does not depend on it."""

_NOT_SERVED = {403, 404}
"""What a mirror without an index above the variants answers."""


def refresh_torch(table: Table, sources: Sources, today: str) -> Refreshed:
    """Return the torch table with PyPI's part and the variants', each as far as it was read."""
    changes: tuple[Change, ...] = ()
    failures: list[str] = []
    read, whole = {torch.SOURCE: torch.TITLE, variants.SOURCE: variants.TITLE}, True
    try:
        page = sources.index.project("torch")
        told = _told(table, page, sources, failures)
        merged = torch.merge_pypi(table, page, told, today)
        table, changes, whole = merged.table, merged.changes, bool(page.files)
    except WorldFailed as error:
        failures.append(error.what)
        del read[torch.SOURCE]
    pages, complete = _variant_pages(table, sources, failures)
    merged = variants.merge_variants(table, pages, today, complete=complete)
    if not pages:
        del read[variants.SOURCE]
    whole = whole and not failures and all(found.files for found in pages.values())
    return Refreshed(
        table=dated_where_cited(merged.table, today, read, whole=whole),
        read=bool(read),
        changes=(*changes, *merged.changes),
        failures=tuple(failures),
    )


def _told(
    table: Table, page: ProjectPage, sources: Sources, failures: list[str]
) -> dict[str, torch.Told]:
    """Return what METADATA tells of new torch releases and of those without a companion."""
    fresh = torch.new_releases(table, page)
    own, failed = read_metadata(sources, fresh)
    failures += failed
    told: dict[str, dict[str, str]] = {name: {} for name in fresh}
    for companion in torch.COMPANIONS:
        wanted = {*fresh, *torch.unpaired(table, companion)}
        pins = _pins(table, companion, sources, failures) if wanted else {}
        for name in wanted & pins.keys():
            told.setdefault(name, {})[companion] = pins[name]
    return {
        name: torch.Told(
            bundled=bundled(found, _PYTHON) if (found := own.get(name)) else None, companions=pairs
        )
        for name, pairs in told.items()
    }


def _pins(table: Table, companion: str, sources: Sources, failures: list[str]) -> dict[str, str]:
    """Return the companion that pins each torch release, among those that pair with none yet."""
    try:
        page = sources.index.project(companion)
    except WorldFailed as error:
        failures.append(error.what)
        return {}
    metadata, failed = read_metadata(sources, torch.unclaimed(table, companion, page))
    failures += failed
    pins = {name: pinned_torch(found, _PYTHON) for name, found in metadata.items() if found}
    return {pin: name for name, pin in pins.items() if pin}


def _variant_pages(
    table: Table, sources: Sources, failures: list[str]
) -> tuple[dict[str, ProjectPage], bool]:
    """Return the variants' indexes that answered, and whether all variants are known to be there.

    The index above the variants lists every wheel, and so every variant; where it is not served
    the variants that the facts have are asked. A host that is not reached is told once.
    """
    template = sources.torch_index or table["index"]["url"]
    names, complete = variants.variants_of(table), False
    try:
        above = PythonIndex(sources.web, template.replace("/{variant}", "")).project("torch")
        names = tuple(dict.fromkeys((*names, *variants.variants_on(above))))
        complete = bool(above.files)
    except Refused as error:  # the host is there: the variants' own indexes may answer
        failures += [error.what] if error.status not in _NOT_SERVED else []
    except WorldFailed as error:
        failures.append(error.what)
        return {}, False
    pages = {}
    for name in names:
        try:
            index = PythonIndex(sources.web, template.replace("{variant}", name))
            pages[name] = index.project("torch")
        except WorldFailed as error:
            failures.append(error.what)
    return pages, complete and len(pages) == len(names)
