"""A stand-in as an OCI image layout: what a buildx builder is given in the build's session.

Imports standins, locks and model. Format: https://github.com/opencontainers/image-spec
(image-layout.md, config.md). The same archive gives the same bytes and so the same digest.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from validation.engine.locks import locked
from validation.engine.standins import COMMAND, DIGEST_LABEL, PATH, StandIn, require_whole
from validation.files import disk_failure

_TYPE = "application/vnd.oci.image"


def standin_layout(standin: StandIn, archive: Path) -> tuple[Path, str]:
    """Return the layout's folder, beside the archive, and its manifest's digest ("sha256:…").

    It is made when it is not there as a whole; the archive itself is linked, not copied.
    """
    folder = archive.parent / "layout"
    with locked(archive.parent / "layout.lock", waiting=lambda: None):
        index = folder / "index.json"
        if not index.is_file():
            part = Path(tempfile.mkdtemp(dir=archive.parent, prefix=".layout-"))
            try:
                _write_layout(standin, archive, part)
                shutil.rmtree(folder, ignore_errors=True)
                part.rename(folder)
            except OSError as error:
                raise disk_failure("write", folder, error) from error
            finally:
                shutil.rmtree(part, ignore_errors=True)
        (manifest,) = json.loads(index.read_text("utf-8"))["manifests"]
    return folder, str(manifest["digest"])


def _write_layout(standin: StandIn, archive: Path, folder: Path) -> None:
    require_whole(standin, archive)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    os.link(archive, blobs / standin.digest.removeprefix("sha256:"))

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
    layer = {
        "mediaType": f"{_TYPE}.layer.v1.tar",
        "digest": standin.digest,
        "size": archive.stat().st_size,
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}.manifest.v1+json",
        "config": config,
        "layers": [layer],
    }
    index = {"schemaVersion": 2, "manifests": [blob("manifest.v1+json", manifest)]}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n', "utf-8")
    # last: a layout counts as there when it has an index
    (folder / "index.json").write_text(json.dumps(index, sort_keys=True), "utf-8")
