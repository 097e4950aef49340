"""Read the facts: each table when it is first asked for, from JSON into typed records.

Imports the tables' shapes and `facts.versions` only. Reads the package's own data files and
nothing else: the same checkout gives the same facts anywhere, any year.
"""

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from validation.facts import packages, platforms, records
from validation.facts.versions import minor_of, version

DATA = Path(__file__).parent / "data"
"""The committed tables, one JSON file each."""

TABLES: dict[str, type[records.Table]] = {
    "torch": packages.TorchTable,
    "numpy": packages.PackageTable,
    "onnx": packages.PackageTable,
    "onnxruntime": packages.PackageTable,
    "onnxruntime_gpu": packages.PackageTable,
    "torchvision": packages.PackageTable,
    "torchaudio": packages.PackageTable,
    "cupy_cuda11x": packages.PackageTable,
    "cupy_cuda12x": packages.PackageTable,
    "cupy_cuda13x": packages.PackageTable,
    "cupy": packages.CupyTable,
    "onnx_opsets": packages.OnnxTable,
    "onnxruntime_limits": packages.OrtTable,
    "cuda_toolkits": platforms.ToolkitTable,
    "cuda_images": platforms.CudaImageTable,
    "cuda_tags": platforms.CudaTagTable,
    "cuda_eol": platforms.CudaEolTable,
    "drivers": platforms.DriverTable,
    "gpus": platforms.GpuTable,
    "gpu_cards": platforms.CardTable,
    "os": platforms.OsTable,
    "python": platforms.PythonTable,
    "ngc": platforms.NgcTable,
    "traps": platforms.TrapTable,
}
"""Every table by its file's name; the type is the file's schema."""

_Table = TypeVar("_Table", bound=records.Table)


class Facts:
    """The outside world as the committed tables have it; a table is read when first used.

    Immutable: `with_table` returns other facts, so that "what if" never changes "what is".
    """

    def __init__(self, tables: dict[str, records.Table] | None = None) -> None:
        self._tables: dict[str, records.Table] = dict(tables or {})

    def table(self, name: str, shape: type[_Table]) -> _Table:
        """Return the table `name` (a key of `TABLES`) as `shape`, which is its type there."""
        found = self._tables.get(name)
        if found is None:
            raw = (DATA / f"{name}.json").read_bytes()
            found = self._tables[name] = msgspec.json.decode(raw, type=TABLES[name])
        assert isinstance(found, shape), name  # noqa: S101  (the caller names the table's type)
        return found

    def with_table(self, name: str, table: records.Table) -> "Facts":
        """Return facts that differ from these in one table."""
        return Facts({**self._tables, name: table})

    def package(self, name: str) -> packages.PackageTable:
        """Return a PyPI package's releases; `name` as on PyPI ("cupy-cuda12x")."""
        return self.table(name.replace("-", "_"), packages.PackageTable)

    @cached_property
    def torch(self) -> packages.TorchTable:
        """Releases, variants, compiled architectures, exporters."""
        return self.table("torch", packages.TorchTable)

    @cached_property
    def cupy(self) -> packages.CupyTable:
        """CUDA ranges, compiled architectures, headers."""
        return self.table("cupy", packages.CupyTable)

    @cached_property
    def onnx_opsets(self) -> packages.OnnxTable:
        """What IR and opset onnx knows."""
        return self.table("onnx_opsets", packages.OnnxTable)

    @cached_property
    def onnxruntime_limits(self) -> packages.OrtTable:
        """What onnxruntime loads."""
        return self.table("onnxruntime_limits", packages.OrtTable)

    @cached_property
    def cuda_toolkits(self) -> platforms.ToolkitTable:
        """Toolkit releases and the drivers that they need."""
        return self.table("cuda_toolkits", platforms.ToolkitTable)

    @cached_property
    def cuda_images(self) -> platforms.CudaImageTable:
        """nvidia/cuda tags."""
        return self.table("cuda_images", platforms.CudaImageTable)

    @cached_property
    def cuda_images_by_minor(self) -> dict[str, list[platforms.CudaImage]]:
        """Published nvidia/cuda images by CUDA major.minor, both in PEP 440 order."""
        found: dict[str, list[platforms.CudaImage]] = {}
        for image in sorted(self.cuda_images.images, key=lambda image: version(image.cuda)):
            found.setdefault(minor_of(image.cuda), []).append(image)
        return found

    @cached_property
    def newest_tags(self) -> dict[tuple[str, str, str], platforms.CudaImage]:
        """The newest published image by (CUDA major.minor, OS, flavor): a tag's successor rule.

        "cudnn-runtime" stands for whichever of cudnn8, cudnn9 and cudnn the tag says; the words
        of the tag themselves ("cudnn8-runtime") are there too.
        """
        newest = {}
        for minor, images in self.cuda_images_by_minor.items():
            for image in images:
                for flavor in image.flavors:
                    newest[minor, image.os, flavor] = image
                    newest[minor, image.os, _any_cudnn(flavor)] = image
        return newest

    @cached_property
    def cuda_tags(self) -> platforms.CudaTagTable:
        """What NVIDIA's own lists say of tags."""
        return self.table("cuda_tags", platforms.CudaTagTable)

    @cached_property
    def cuda_eol(self) -> platforms.CudaEolTable:
        """When images of a CUDA version end: policy, chart, flag."""
        return self.table("cuda_eol", platforms.CudaEolTable)

    @cached_property
    def drivers(self) -> platforms.DriverTable:
        """Driver branches and their ends."""
        return self.table("drivers", platforms.DriverTable)

    @cached_property
    def gpus(self) -> platforms.GpuTable:
        """GPU architectures."""
        return self.table("gpus", platforms.GpuTable)

    @cached_property
    def gpu_cards(self) -> platforms.CardTable:
        """What GPUs can reach: tensor-core peaks, memory bandwidths, power."""
        return self.table("gpu_cards", platforms.CardTable)

    @cached_property
    def os(self) -> platforms.OsTable:
        """Distribution releases."""
        return self.table("os", platforms.OsTable)

    @cached_property
    def python(self) -> platforms.PythonTable:
        """Pythons that uv installs."""
        return self.table("python", platforms.PythonTable)

    @cached_property
    def ngc(self) -> platforms.NgcTable:
        """NGC PyTorch images."""
        return self.table("ngc", platforms.NgcTable)

    @cached_property
    def traps(self) -> platforms.TrapTable:
        """Things that look possible and fail."""
        return self.table("traps", platforms.TrapTable)


@lru_cache(maxsize=64)
def _any_cudnn(flavor: str) -> str:
    """Return a tag's flavor without its cuDNN's version: cudnn8-runtime → cudnn-runtime."""
    return re.sub(r"^cudnn\d", "cudnn", flavor)


def cite(table: records.Table, source: str) -> str:
    """Return a source as a reason prints it: its title and the day it was read."""
    found = table.sources[source]
    return f"{found.title} ({found.as_of})"


def load_facts() -> Facts:
    """Return the committed facts; nothing is read before it is asked for."""
    return Facts()
