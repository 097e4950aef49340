"""A stand-in as an OCI image layout: what a buildx builder is given in the build's session.

Imports standins, locks and files. Format: https://github.com/opencontainers/image-spec
(image-layout.md, config.md). The same archive gives the same bytes and so the same digest.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from validation.engine.locks import locked
from validation.engine.standins import (
    COMMAND,
    DIGEST_LABEL,
    PATH,
    StandIn,
    remove_kept,
    require_whole,
)
from validation.files import disk_failure

_TYPE = "application/vnd.oci.image"


def standin_layout(standin: StandIn, archive: Path) -> tuple[Path, str]:
    """Return the layout's folder, beside the archive, and its manifest's digest ("sha256:…").

    It is made when it is not there as a whole, or holds another archive; the archive itself is
    linked, not copied. `archive` lies in a folder of its own in the cache's bases.
    Raises `WorldFailed` where it is not what it was made as, and where the disk refuses.
    """
    folder = archive.parent / "layout"
    with locked(archive.parent / "layout.lock", waiting=lambda: None):
        try:
            if not _is_whole(folder, standin, archive):
                _make_layout(standin, archive, folder)
            (manifest,) = json.loads((folder / "index.json").read_text("utf-8"))["manifests"]
        except OSError as error:
            raise disk_failure("write", folder, error) from error
    return folder, str(manifest["digest"])


def _layer(folder: Path, standin: StandIn) -> Path:
    """Return where a layout has the archive itself."""
    return folder / "blobs" / "sha256" / standin.digest.removeprefix("sha256:")


def _is_whole(folder: Path, standin: StandIn, archive: Path) -> bool:
    layer = _layer(folder, standin)
    there = all(path.is_file() for path in (folder / "index.json", layer, archive))
    return there and layer.samefile(archive)


def _make_layout(standin: StandIn, archive: Path, folder: Path) -> None:
    part = Path(tempfile.mkdtemp(dir=archive.parent, prefix=".layout-"))
    try:
        _write_layout(standin, archive, part)
        remove_kept(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write_layout(standin: StandIn, archive: Path, folder: Path) -> None:
    require_whole(standin, archive)
    layer = _layer(folder, standin)
    blobs = layer.parent
    blobs.mkdir(parents=True)
    if archive.is_symlink():  # a person's, which cannot be linked otherwise from here
        layer.symlink_to(archive.resolve())
    else:
        os.link(archive, layer)

    def blob(kind: str, content: dict[str, object]) -> dict[str, object]:
        data = json.dumps(content, sort_keys=True).encode()
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"mediaType": f"{_TYPE}.{kind}", "digest": f"sha256:{name}", "size": len(data)}

    config = blob(
        "config.v1+json",
        {
            "architecture": standin.platform.partition("/")[2],
            "os": "linux",
            "config": {
                "Env": [f"PATH={PATH}"],
                "Cmd": COMMAND,
                "Labels": {DIGEST_LABEL: standin.digest},
            },
            "rootfs": {"type": "layers", "diff_ids": [standin.digest]},
        },
    )
    described = {
        "mediaType": f"{_TYPE}.layer.v1.tar",
        "digest": standin.digest,
        "size": archive.stat().st_size,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}.manifest.v1+json",
        "config": config,
        "layers": [described],
    }
    index = {"schemaVersion": 2, "manifests": [blob("manifest.v1+json", manifest)]}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n', "utf-8")
    # last: a layout counts as there when it has an index
    (folder / "index.json").write_text(json.dumps(index, sort_keys=True), "utf-8")
