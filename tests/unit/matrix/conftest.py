import pytest
from hypothesis import settings

from tests.unit.matrix.examples import SHIPPED, SMALL, TRAIN
from validation.errors import BadInput
from validation.matrix.load import load_matrix

# A busy machine must not fail a test by its clock; hangs end by the session's own limit.
settings.register_profile("matrix", deadline=None)
settings.load_profile("matrix")


@pytest.fixture
def shipped():
    return SHIPPED


@pytest.fixture
def small():
    return SMALL


@pytest.fixture
def train():
    return TRAIN


@pytest.fixture
def problems_of():
    """Return a function: what is wrong with a text, as "line:column: message" lines."""

    def problems_of(text):
        with pytest.raises(BadInput) as caught:
            load_matrix(text, "m.yaml")
        for line in caught.value.details:
            assert line.startswith("m.yaml:")
        return [line.removeprefix("m.yaml:") for line in caught.value.details]

    return problems_of
