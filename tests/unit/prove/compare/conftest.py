"""A comparison in which everything holds; tests change what they are about."""

import pytest

from tests.comparison_inputs import make_comparison, make_new, make_old


@pytest.fixture
def old(receipt):
    return make_old(receipt)


@pytest.fixture
def new(receipt):
    return make_new(receipt)


@pytest.fixture
def comparison(receipt):
    return make_comparison(receipt)
