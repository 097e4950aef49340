"""Refresh against the real thing: the live package index, and a real registry of our own."""

import contextlib
import hashlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from validation.facts.load import DATA
from validation.net import registry
from validation.net.access import Access
from validation.net.registry import Registry
from validation.net.web import Web
from validation.refresh.tables import table_text

from .conftest import ROOT, Checkout

pytestmark = pytest.mark.engine

DAY = "2026-11-23"
PACKAGES = {
    "torchvision": "torchvision",
    "torchaudio": "torchaudio",
    "cupy_cuda11x": "cupy",
    "cupy_cuda12x": "cupy",
    "cupy_cuda13x": "cupy",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "onnxruntime_gpu": "onnxruntime",
}


@pytest.fixture
def facts(tmp_path):
    """A copy of the committed facts."""
    return shutil.copytree(DATA, tmp_path / "facts")


def edit(facts, name, change) -> dict:
    """Apply `change` to one table's file; return the table as it was."""
    path = facts / f"{name}.json"
    table = json.loads(path.read_text("utf-8"))
    change(table)
    before = json.loads(path.read_text("utf-8"))
    path.write_text(table_text(table), "utf-8")
    return before


def refresh(facts, *words, code=0) -> str:
    """Run the verb as a person does, and return its output."""
    line = Checkout(ROOT).imagewright(
        "refresh", "--facts", str(facts), "--today", DAY, *words, code=code
    )
    return line.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_a_release_that_was_not_known_is_read_again_as_it_was_measured(facts, name):
    """Take a release out of the facts: the live index gives the very same row back."""
    known = json.loads((facts / f"{name}.json").read_text("utf-8"))["releases"]
    victim = list(known)[len(known) // 2]
    before = edit(facts, name, lambda table: table["releases"].pop(victim))
    out = refresh(facts, PACKAGES[name])
    assert f"+ {victim} new: released {known[victim]['released']}" in out
    after = json.loads((facts / f"{name}.json").read_text("utf-8"))
    row = after["releases"][victim]
    assert {**row, "numpy": _bound(row)} == {
        **before["releases"][victim],
        "numpy": _bound(before["releases"][victim]),
    }
    assert list(after["releases"])[: len(known)] == list(known)


def _bound(row) -> set[str] | None:
    """Return a bound without its order, which METADATA and the first facts spell differently."""
    return set(row["numpy"].split(",")) if "numpy" in row else None


def test_wheels_that_the_index_does_not_have_are_marked(facts):
    def claim(table):
        table["releases"]["1.20.0"]["wheels"]["linux/amd64"]["2.27"].append("3.99")

    before = edit(facts, "onnx", claim)
    assert "- 1.20.0 vanished: no wheel any more for linux/amd64 3.99" in refresh(facts, "onnx")
    row = json.loads((facts / "onnx.json").read_text("utf-8"))["releases"]["1.20.0"]
    assert row.pop("vanished") == [{"noticed": DAY, "wheels": {"linux/amd64": ["3.99"]}}]
    assert row == before["releases"]["1.20.0"]


def test_a_torch_that_was_not_known_is_read_from_pypi(facts):
    """PyTorch's own index may not be reached from here: PyPI's part is read all the same."""
    before = edit(facts, "torch", lambda table: table["releases"].pop("2.9.0"))
    out = refresh(facts, "torch", code=None)
    assert "+ 2.9.0 new: released 2025-10-15, cu128 on PyPI" in out
    row = json.loads((facts / "torch.json").read_text("utf-8"))["releases"]["2.9.0"]
    was = before["releases"]["2.9.0"]
    assert {**row["pypi"], "sm": 0, "source": 0} == {**was["pypi"], "sm": 0, "source": 0}
    assert (row["torchvision"], row["torchaudio"]) == (was["torchvision"], was["torchaudio"])


@pytest.fixture(scope="module")
def distribution(tmp_path_factory):
    """The reference implementation of a registry, from the distribution's archive, running."""
    home = tmp_path_factory.mktemp("registry")
    subprocess.run(["apt-get", "download", "docker-registry"], cwd=home, check=True)
    (package,) = home.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package, home / "unpacked"], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(home / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (home / "config.yml").write_text(json.dumps(config))  # JSON is YAML too
    program = home / "unpacked/usr/bin/docker-registry"
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", home / "config.yml"], stdout=log, stderr=log)
    try:
        yield _answering(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answering(url) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(f"{url}/v2/", timeout=2).close()
            return url
        time.sleep(0.1)
    raise AssertionError("the registry did not come up")


def _send(method, url, body=b"", kind="application/octet-stream"):
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers


def push(url, repository, tags) -> None:
    """Push one empty image under many tags."""
    blob = b"{}"
    digest = "sha256:" + hashlib.sha256(blob).hexdigest()
    place = _send("POST", f"{url}/v2/{repository}/blobs/uploads/")["Location"]
    joint = "&" if "?" in place else "?"
    _send("PUT", f"{place}{joint}digest={digest}", blob)
    kind = "application/vnd.oci.image.manifest.v1+json"
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": digest,
        "size": len(blob),
    }
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
    for tag in tags:
        _send("PUT", f"{url}/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(), kind)


def test_cuda_tags_of_a_real_registry(distribution, facts, monkeypatch):
    table = json.loads((facts / "cuda_images.json").read_text("utf-8"))
    row = next(row for row in table["images"] if row["cuda"] == "12.6.3")
    tags = [f"{row['cuda']}-{flavor}-{row['os']}" for flavor in row["flavors"]]
    push(distribution, "nvidia/cuda", [*tags, "99.0.0-base-ubuntu26.04", "latest"])
    monkeypatch.setattr(registry, "_PAGE", 2)
    with Web(Access()) as web:
        found = Registry(web, distribution).tags("nvidia/cuda")
    assert sorted(found) == sorted([*tags, "99.0.0-base-ubuntu26.04", "latest"])

    nobody = "http://127.0.0.1:9"
    out = refresh(facts, "cuda", "--hub", nobody, "--registry", distribution)
    assert "+ 99.0.0-*-ubuntu26.04 new: base" in out
    after = json.loads((facts / "cuda_images.json").read_text("utf-8"))
    kept = {(each["cuda"], each["os"]): each for each in after["images"]}
    assert kept["12.6.3", row["os"]] == row
    assert len(kept) == len(table["images"]) + 1, "what vanished is kept"
    vanished = [each for each in after["images"] if each.get("vanished")]
    assert len(vanished) == len(table["images"]) - 1
