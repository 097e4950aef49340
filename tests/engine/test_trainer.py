"""The trainer's own tests, run where the trainer runs: inside both images, without network."""

import os
import re
import subprocess

import pytest
from uv import find_uv_bin

from .conftest import ROOT

pytestmark = pytest.mark.engine


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder with pytest in it: pure Python, so any image's interpreter can import it."""
    folder = tmp_path_factory.mktemp("site")
    constraints = ROOT / "constraints.txt"
    subprocess.run(
        [find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--target", folder,
         "--constraint", constraints, "pytest"],
        check=True,
    )  # fmt: skip
    folder.chmod(0o755)  # the image's user is not ours
    return folder


@pytest.mark.parametrize(("family", "at_least"), [("cpu", 120), ("inference", 70)])
def test_trainer_passes_its_tests_in_the_image(line, engine, site, family, at_least):
    line.imagewright("build")
    image = next(image for image in engine.images() if f":{family}-" in image)
    done = subprocess.run(
        [engine.client, "run", "--rm", "--network", "none", "--init",
         "--volume", f"{site}:/opt/site:ro", "--volume", f"{ROOT}/tests/trainer:/opt/tests:ro",
         "--env", "PYTHONPATH=/opt/imagewright:/opt/site", "--env", "TMPDIR=/var/lib/imagewright",
         "--entrypoint", "python", image,
         "-m", "pytest", "/opt/tests", "-q", "-rs", "-p", "no:cacheprovider", "-c", "/dev/null"],
        capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, **engine.environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= at_least, done.stdout
    print(done.stdout[-1500:])  # noqa: T201  (tells what was skipped, and why)
