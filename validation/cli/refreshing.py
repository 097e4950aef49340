"""Each table of facts and how it is read anew: the indexes and registries behind it, and its merge.

Imports net, refresh and errors. A source that does not answer is told in `failures`; what the
others said is merged all the same.
"""

from collections.abc import Callable, Mapping

from validation.cli.refresh_sources import (
    Refreshed,
    Sources,
    dated_where_cited,
    read_metadata,
)
from validation.cli.refresh_torch import refresh_torch
from validation.errors import WorldFailed
from validation.net.docker_hub import hub_tags
from validation.net.registry import Registry
from validation.refresh import cuda
from validation.refresh.changes import Table
from validation.refresh.package import SOURCE as PYPI
from validation.refresh.package import merge_package, wanted_metadata
from validation.refresh.tables import dated

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "torch": ("torch",),
    "torchvision": ("torchvision",),
    "torchaudio": ("torchaudio",),
    "cupy": ("cupy_cuda11x", "cupy_cuda12x", "cupy_cuda13x"),
    "numpy": ("numpy",),
    "onnx": ("onnx",),
    "onnxruntime": ("onnxruntime", "onnxruntime_gpu"),
    "cuda": ("cuda_images",),
}
"""What a person may ask for, and the tables that it is made of."""


def refresh_table(
    name: str, table: Table, sources: Sources, today: str, *, deep: bool
) -> Refreshed:
    """Return the table `name` with what its sources say `today` (ISO date).

    `deep` reads METADATA of every release again. Raises nothing for a source that fails.
    """
    if name == "torch":
        return refresh_torch(table, sources, today)
    refresh: Callable[[], Refreshed] = (
        (lambda: _cuda(table, sources, today))
        if name == "cuda_images"
        else (lambda: _package(table, sources, today, deep=deep))
    )
    try:
        return refresh()
    except WorldFailed as error:
        return Refreshed(table=table, read=False, failures=(error.what,))


def _package(table: Table, sources: Sources, today: str, *, deep: bool) -> Refreshed:
    page = sources.index.project(table["package"])
    metadata, failures = read_metadata(sources, wanted_metadata(table, page, deep=deep))
    merged = merge_package(table, page, metadata, today)
    read = dated(merged.table, today, {PYPI: "PyPI"}) if page.files else table
    return Refreshed(table=read, changes=merged.changes, failures=failures)


def _cuda(table: Table, sources: Sources, today: str) -> Refreshed:
    merged = cuda.merge_cuda(table, _tags(table["repository"], sources), today)
    if merged.table == table and merged.changes:
        return Refreshed(table=table, changes=merged.changes)  # an empty list: nothing was read
    title = f"tags of {table['repository']} in its registry, read by `imagewright refresh`"
    return Refreshed(
        table=dated_where_cited(merged.table, today, {cuda.SOURCE: title}, whole=True),
        changes=merged.changes,
    )


def _tags(repository: str, sources: Sources) -> tuple[str, ...]:
    """Return a repository's tags by Docker Hub's API, or else from the registry itself."""
    try:
        return hub_tags(sources.web, sources.hub, repository)
    except WorldFailed as error:
        try:
            return Registry(sources.web, sources.registry).tags(repository)
        except WorldFailed as second:
            raise WorldFailed(f"{error.what}; {second.what}") from second
