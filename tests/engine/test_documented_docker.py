"""What the documents tell people to type at Docker itself is typed here, at the engine's client."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.test_documents import DOCUMENTS, SHELL
from tests.engine.many import default_project
from validation.engine.private import up
from validation.process import run

pytestmark = pytest.mark.engine
LINES = [
    (path.name, line.partition("|")[0].strip())
    for path in DOCUMENTS
    for block in SHELL.findall(path.read_text("utf-8"))
    for line in re.findall(r"^docker .+", block, re.M)
]
TYPED = re.compile(r"docker (?:(?:context|buildx) create|buildx bake|images) ")
CHECKLIST = {"docker compose up --detach --wait", "docker compose down"}  # test_checklist.py's


@pytest.fixture
def desk(checkout, tmp_path):
    """A person's shell in a checkout: Docker's client with its plugins, keys, a Kubernetes."""
    folder, engine = checkout.root, up(default_project())
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=here")
    run(["openssl", *words, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"])
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    cluster = {"name": "here", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "here", "context": {"cluster": "here", "user": "me"}}
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [cluster], "contexts": [context], "users": [{"name": "me", "user": {}}],
    }  # fmt: skip
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    plugins = tmp_path / "docker/cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-buildx").symlink_to(engine.buildx)
    (folder / "bake.json").write_text(checkout.imagewright("plan", "--format", "bake").stdout)
    return folder, {
        **os.environ,
        "PATH": f"{Path(engine.docker).parent}:{os.environ['PATH']}",
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "BUILDX_CONFIG": str(tmp_path / "buildx"),
        "DOCKER_HOST": engine.host,
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
    }


def test_every_line_is_one_that_a_test_types():
    assert {line for _, line in LINES if not TYPED.match(line)} == CHECKLIST


@pytest.mark.parametrize(("document", "line"), [each for each in LINES if TYPED.match(each[1])])
def test_the_line_works(document, line, desk):
    folder, environment = desk
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{document}: {done.stderr}"
