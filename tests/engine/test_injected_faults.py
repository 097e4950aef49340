"""A handful of injected faults on the engine that is there; `nox -s faults` has them all."""

import os
from pathlib import Path

import pytest

import tests.faults  # noqa: F401  (enters every fault into the catalogue)
from tests.faults.catalogue import FAULTS, Case
from tests.faults.judge import examine
from tests.faults.lab import Lab, copy_checkout

pytestmark = pytest.mark.engine

SEED = 20261123
SAMPLE = (
    "kill -9 of the tool / build",
    "kill -9 of buildx / build",
    "SIGTERM / build",
    "corrupt image.json / build",
    "index: 500 / lock",
    "files of a dead run / build",
)


@pytest.fixture(scope="module")
def lab(line, tmp_path_factory):  # noqa: ARG001  (after it an engine is up and its layers are built)
    cache = os.environ.get("IMAGEWRIGHT_CACHE") or Path.home() / ".cache/imagewright"
    opened = Lab(tmp_path_factory.mktemp("faults"), Path(cache))
    copy_checkout(opened.root)
    opened.must("build")
    with opened.shared:
        yield opened
    opened.docker("rmi", "--force", opened.tag)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_breaks_no_promise(name, lab):
    (fault,) = [one for one in FAULTS if f"{one.name} / {one.where}" == name]
    result = examine(lab, Case(fault, 1, SEED))
    assert not result.losses, "\n".join([*result.losses, result.text])
