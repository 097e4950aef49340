"""How much room a build asks for: what an engine has of an image already is not counted again."""

import pytest

from tests.unit.matrix.asking import ask, changed
from validation.cli.sharing import bytes_to_add
from validation.engine.bases import BaseChoice

GB = 10**9


@pytest.mark.parametrize(
    ("there", "added"),
    [
        ({}, 20 * GB),
        ({"other:one": 5 * GB}, 20 * GB),
        ({"host:one": 17 * GB}, 3 * GB),
        ({"host:one": 30 * GB}, 0),
    ],
)
def test_a_base_that_the_engine_has_needs_no_room(there, added):
    image = changed(ask("torch=2.13.0 python=3.11 os=debian12 base=distro"), budget_mb=20_000)
    base = BaseChoice(reference="host:one", digest="sha256:0", how="given", note="")
    assert bytes_to_add(image, base, there) == added
