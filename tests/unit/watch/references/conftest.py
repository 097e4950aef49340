"""What the tests of references share: a repository in a folder, scanned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from validation.watch.references import ReferenceScan, ScanOptions, find_references

Scan = Callable[..., ReferenceScan]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Write files (path to text or bytes) into a fresh repository and scan it."""

    def write_and_scan(
        files: dict[str, str | bytes], *paths: str, options: ScanOptions | None = None
    ) -> ReferenceScan:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return find_references(tmp_path, paths, options)

    return write_and_scan


def told(result: ReferenceScan) -> list[tuple[str, int, str, str]]:
    """Return each reference in short: file, line, what it comes to or `?NAME`, where it stands."""
    return [
        (
            one.place.file,
            one.place.line,
            one.resolved if one.resolved is not None else f"?{one.unresolved}",
            one.where,
        )
        for one in result.references
    ]


def images(result: ReferenceScan) -> list[str]:
    """Return what each reference comes to, in order."""
    return [answer for _, _, answer, _ in told(result)]
