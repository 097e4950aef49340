"""Families on real builds: other templates, a host's file system, shared layers, one that breaks.

Small images stand for the large ones: what differs is the template and the base, not the wheels.
"""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from validation.net.access import access_of
from validation.net.default_index import default_index_url
from validation.net.installer_config import read_installer_config
from validation.net.python_index import PythonIndex
from validation.net.web import Web
from validation.render.lockfile import pins

from .conftest import Checkout, EngineProbe

pytestmark = pytest.mark.engine

CPU = "cpu-torch2.13.0-py3.11-debian12"
NOBODY = "http://127.0.0.1:9/simple"
"""An index that nobody serves: whatever asks it fails."""


def beside(line: Checkout, root: Path, family: str) -> Checkout:
    """Return a copy of the line whose families are cpu, inference and a further one."""
    shutil.copytree(line.root, root, ignore=shutil.ignore_patterns("out"))
    copy = Checkout(root)
    text = (root / "matrix.yaml").read_text("utf-8")
    start, end = text.index("  wheels: "), text.index("  inference: ")
    copy.edit("matrix.yaml", text[start:end], family)
    return copy


def add_locks(copy: Checkout, image: str) -> None:
    shutil.copytree(copy.root / "images" / CPU, copy.root / "images" / image)
    copy.imagewright("render")


def family(name: str, **keys: str) -> str:
    """Return a family's text: what the cpu family has, with other keys."""
    wanted = {
        "base": "distro",
        "workload": "training",
        "os": "debian12",
        "python": '"3.11"',
        "torch": "2.13.0",
        "numpy": "auto",
        "onnx": "auto",
        "packages": "[onnxscript, fastapi, uvicorn, prometheus-client]",
        "budget": "1500 MB",
        **keys,
    }
    return f"  {name}:\n" + "".join(f"    {key}: {text}\n" for key, text in wanted.items() if text)


def layers(engine: EngineProbe, image: str) -> list[tuple[str, int]]:
    """Return (digest, bytes) of an image's layers, from the base up."""
    reference = f"imagewright-e2e:{image}"
    digests = json.loads(engine.docker("inspect", "-f", "{{json .RootFS.Layers}}", reference))
    told = engine.docker("history", "--human=false", "--no-trunc", "--format", "json", reference)
    steps = [json.loads(line) for line in reversed(told.splitlines())]
    sizes = [int(step["Size"]) for step in steps if _makes_a_layer(step)]
    assert len(sizes) == len(digests), told
    return list(zip(digests, sizes, strict=True))


def touch_trainer(copy: Checkout) -> None:
    """Change what every image holds, so that each is built again from its last layers on."""
    with (copy.root / "trainer/__init__.py").open("a") as file:
        file.write("\n# touched\n")


def inside(engine: EngineProbe, image: str, script: str) -> str:
    """Return what a shell script prints in an image, without a network."""
    quiet = ("--rm", "--network", "none", "--no-healthcheck", "--entrypoint", "sh")
    return engine.docker("run", *quiet, f"imagewright-e2e:{image}", "-c", script)


def _makes_a_layer(step: dict[str, str]) -> bool:
    return step["Size"] != "0" or re.match("RUN|COPY|WORKDIR|ADD", step["CreatedBy"]) is not None


@pytest.fixture
def remove(engine: EngineProbe):
    """Remove what a test built, whatever becomes of it."""
    made: list[str] = []
    yield made.append
    for reference in made:
        if reference in engine.images():
            engine.docker("rmi", reference)


def test_the_template_of_nvidias_images_builds_on_a_stand_in_and_its_break_is_named(
    line, engine, tmp_path, remove
):
    stand = f"stand-{CPU.removeprefix('cpu-')}"
    copy = beside(line, tmp_path / "copy", family("stand", template="nvidia-cuda"))
    add_locks(copy, stand)
    remove(f"imagewright-e2e:{stand}")
    copy.imagewright("build", "family=stand")
    told = inside(engine, stand, "python -c 'import torch; print(torch.__version__)'")
    assert told == "2.13.0+cpu\n"
    assert layers(engine, stand)[:-2] == layers(engine, CPU)[:-2]  # the same steps, the same layers

    # A step that fails: the others are built, the broken one is named with its line.
    copy.edit(
        "templates/nvidia-cuda.Dockerfile.j2", "FROM os AS image", "FROM os AS image\nRUN false"
    )
    copy.imagewright("render")
    touch_trainer(copy)
    done = copy.imagewright("build", "family=stand", "family=cpu", code=1)
    text = (copy.root / "images" / stand / "Dockerfile").read_text().splitlines()
    broken = (
        f"error: {stand}: images/{stand}/Dockerfile:{text.index('RUN false') + 1}: this step failed"
    )
    assert broken in done.stderr
    assert "2 built, 0 unchanged, 1 failed" in done.stdout

    # A template that cannot be rendered at all.
    copy.edit("templates/nvidia-cuda.Dockerfile.j2", "RUN false", "{{ nothing }}")
    touch_trainer(copy)
    done = copy.imagewright("build", "family=stand", "family=cpu", code=1)
    assert f"error: {stand}: templates/nvidia-cuda.Dockerfile.j2:" in done.stderr
    assert "2 built, 0 unchanged, 1 failed" in done.stdout
    line.imagewright("build")  # the tag is the line's again


def test_an_image_that_differs_in_one_package_costs_its_own_layers(line, engine, tmp_path, remove):
    """Both are built here: an engine may hold the same step twice, of builds without its cache."""
    first, more = (f"{name}-{CPU.removeprefix('cpu-')}" for name in ("first", "more"))
    packages = "[onnxscript, fastapi, uvicorn, prometheus-client, tabulate]"
    both = family("first") + family("more", packages=packages)
    copy = beside(line, tmp_path / "copy", both)
    copy.imagewright("lock", "family=first", "family=more")
    copy.imagewright("render")
    for name in (first, more):
        remove(f"imagewright-e2e:{name}")
        copy.imagewright("build", name)
    there = dict(layers(engine, first))
    own = [size for digest, size in layers(engine, more) if digest not in there]
    shared = [size for digest, size in layers(engine, more) if digest in there]
    told = f"own {sum(own):,} bytes in {len(own)} layers, shared {sum(shared):,}"
    assert max(there.values()) in shared, told  # torch's layer, by far the largest
    assert sum(own) < sum(shared) / 2, told
    assert len(own) <= 3, told  # requirements, trainer, working folder


def fetch_wheels(wanted: dict[str, str], folder: Path) -> None:
    """Fetch one wheel of each {name: version} from the person's own index into a folder."""
    folder.mkdir()
    config = read_installer_config(os.environ, None)
    tag = re.compile(r"none-(any|manylinux.*x86_64.*)\.whl$")
    with Web(access_of(config)) as web:
        index = PythonIndex(web, config.index_url or default_index_url())
        for name, version in wanted.items():
            start = f"{name.replace('-', '_')}-{version}-"
            files = index.project(name).files
            file = next(f for f in files if f.filename.startswith(start) and tag.search(f.filename))
            (folder / file.filename).write_bytes(web.get(file.url).body)


@pytest.fixture
def host_archive(engine: EngineProbe, line: Checkout, tmp_path: Path) -> Path:
    """The file system of a host that has torch, and lacks one package that the service needs."""
    del line  # has built the image
    gone = "rm -r /opt/venv/lib/python3.11/site-packages/prometheus_client*; echo gone"
    started = ("--network", "none", "--user", "0", "--entrypoint", "sh")
    name = f"imagewright-test-{tmp_path.name}"
    archive = tmp_path / "host.tar"
    try:
        engine.docker("run", "--name", name, *started, f"imagewright-e2e:{CPU}", "-c", gone)
        engine.docker("export", name, "--output", str(archive))
    finally:
        engine.docker("rm", "--force", name)
    return archive


def test_a_hosts_file_system_becomes_an_image_without_a_network(
    line, engine, tmp_path, remove, host_archive
):
    host = "host-torch2.13.0-py3.11-debian12"
    keys = {"base": "rootfs", "numpy": "", "onnx": ""}
    copy = beside(line, tmp_path / "copy", family("host", **keys))
    copy.imagewright("lock", "family=host")
    copy.imagewright("render")
    remove(f"imagewright-e2e:{host}")
    lock = (copy.root / "images" / host / "requirements.lock").read_text()
    uv = pins((copy.root / "images" / host / "installer.lock").read_text())["uv"]
    wheels = {"uv": uv, "prometheus-client": pins(lock)["prometheus-client"]}
    fetch_wheels(wheels, tmp_path / "wheelhouse")

    alone = copy.imagewright("build", "family=host", code=3)
    assert f"error: {host}: no base" in alone.stderr
    assert f"--base {host}=ARCHIVE.tar" in alone.stderr

    given = ("--base", f"host-*={host_archive}", "--wheelhouse", str(tmp_path / "wheelhouse"))
    offline = {"PIP_INDEX_URL": NOBODY, "UV_DEFAULT_INDEX": NOBODY, "PIP_EXTRA_INDEX_URL": ""}
    copy.imagewright("build", "family=host", *given, **offline)
    log = (copy.root / f"out/logs/{host}.build.log").read_text()
    assert "missing: prometheus-client\n" in log
    told = inside(
        engine,
        host,
        "python -c 'import prometheus_client, torch; print(torch.__version__)'; id -u; "
        "grep ^torch== $PIP_CONSTRAINT; pwd",
    )
    assert told.split() == ["2.13.0+cpu", "1000", "torch==2.13.0+cpu", "/opt/imagewright"]
    again = copy.imagewright("build", "family=host", *given, **offline)
    assert "0 built, 2 unchanged, 0 failed" in again.stdout


def test_what_needs_a_registry_fails_with_one_line_each_and_the_rest_is_built(line):
    cuda = ["family=train", "family=ngc", "family=legacy"]
    done = line.imagewright("build", "--dry-run", *cuda, "family=cpu", code=None)
    if "registry not reached" not in done.stderr:
        pytest.skip("a registry is reached here")
    wanted = [path.name for path in (line.root / "images").iterdir()]
    wanted = [name for name in wanted if name.startswith(("train-", "ngc-", "legacy-"))]
    errors = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert done.returncode == 3
    assert len(wanted) > 8
    assert sorted(text.split(": ")[1] for text in errors) == sorted(wanted)
    assert all(": registry not reached: " in text for text in errors)
    assert f"{CPU}: " in done.stdout
