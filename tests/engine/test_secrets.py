"""A password in the index's address is used by a build and found nowhere in the image."""

import os
import subprocess

import pytest
from pip._internal.models.index import PyPI

from validation.net.installer_config import read_installer_config

from .index_proxy import password_index

pytestmark = pytest.mark.engine

PASSWORD = "hunter2-but-longer"  # noqa: S105  (a made-up one, searched for below)


def test_index_password_is_nowhere_in_the_image(line, engine, tmp_path):
    upstream = read_installer_config(os.environ, None).index_url or PyPI.simple_url
    with password_index(upstream, "builder", PASSWORD) as index:
        line.imagewright("build", "family=inference", "--no-cache", PIP_INDEX_URL=index.url)
        assert any("onnxruntime" in path for path in index.served), "the build did not use it"

    image = next(image for image in engine.images() if ":inference-" in image)
    saved = tmp_path / "image.tar"
    engine.docker("save", "--output", str(saved), image)
    history = engine.docker("history", "--no-trunc", image)
    inspect = engine.docker("image", "inspect", image)
    log = "".join(path.read_text() for path in (line.root / "out/logs").glob("inference-*"))
    for name, text in {"history": history, "config": inspect, "log": log}.items():
        assert PASSWORD not in text, name
    unpacked = tmp_path / "layers"
    unpacked.mkdir()
    subprocess.run(["tar", "-xf", saved, "-C", unpacked], check=True)
    assert not grep(unpacked, PASSWORD)
    assert grep(unpacked, "imagewright"), "the search must be able to find what is there"
    assert not grep(unpacked, "END_OF_IMAGEWRIGHT_TEXT"), "the secret itself was kept"


def grep(folder, word: str) -> list[str]:
    """Return what holds a word, looking into each layer's own files too."""
    found = subprocess.run(
        ["grep", "-rlaF", word, folder], capture_output=True, text=True, check=False
    ).stdout.split()
    for layer in (path for path in folder.rglob("*") if path.is_file()):
        listing = subprocess.run(["tar", "-xOf", layer], capture_output=True, check=False)
        if listing.returncode == 0 and word.encode() in listing.stdout:
            found.append(str(layer))
    return found
